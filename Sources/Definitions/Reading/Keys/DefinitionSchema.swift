package import Pipeline
import YAML

/// The JSON Schema of a provider definition.
package enum DefinitionSchema {
    package static var schema: Value {
        var writer = JSONSchema()
        var schema = writer.schema(of: .mapping(DefinitionKeys.root))
        schema["$schema"] = .text(JSONSchema.dialect)
        schema["title"] = .text("flowbatch provider definition")
        schema["description"] = .text("What a provider offers, what that costs, and how it is spoken to.")
        schema["$defs"] = .map(writer.definitions)
        return .map(schema)
    }
}
