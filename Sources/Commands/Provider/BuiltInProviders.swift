import Definitions
import Pipeline

/// The definitions that come with the program, for commands that name one.
enum BuiltInProviders {
    static func all() throws(CommandFailure) -> [ProviderDefinition] {
        var all: [ProviderDefinition] = []
        for name in ProviderDefinition.builtInNames { all.append(try definition(name)) }
        return all
    }

    /// - Throws: exit 64 where there is no provider of that name.
    static func definition(_ name: String) throws(CommandFailure) -> ProviderDefinition {
        if let found = try named(name) { return found }
        let hint = Suggestion.text(for: name, among: ProviderDefinition.builtInNames).map { "; \($0)" } ?? ""
        throw CommandFailure(.usage, "no provider is named `\(name)`\(hint)")
    }

    /// Nil where there is none of that name.
    static func named(_ name: String) throws(CommandFailure) -> ProviderDefinition? {
        do throws(Diagnostics) {
            return try ProviderDefinition.builtIn(name)
        } catch {
            throw CommandFailure(.internalError, DiagnosticText(sources: [:]).text(of: error.all))
        }
    }
}
