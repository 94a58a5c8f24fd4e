import Definitions
import Pipeline

/// A value for each name that a template may ask for; a name without one is left out of what is rendered.
struct TemplateScope: Sendable {
    private var values: [String: Value]
    /// Names whose values are several path segments, written with `/`.
    private let manySegments: Set<String>

    init(_ values: [String: Value] = [:], manySegments: Set<String> = []) {
        self.values = values
        self.manySegments = manySegments
    }

    subscript(name: String) -> Value? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// The value of a placeholder; a field is looked up in a mapping. Null is no value.
    func value(_ placeholder: Placeholder) -> Value? {
        guard let whole = values[placeholder.name], whole != .null else { return nil }
        guard let field = placeholder.field else { return whole }
        guard let part = whole.map?[field], part != .null else { return nil }
        return part
    }

    func holdsManySegments(_ placeholder: Placeholder) -> Bool { placeholder.field == nil && manySegments.contains(placeholder.name) }
}
