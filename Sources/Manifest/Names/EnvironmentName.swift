/// The rule for names of environment variables that expressions may read.
package enum EnvironmentName {
    static let secretRule = "names that end in `_KEY`, `_SECRET` or `_TOKEN` never reach a prompt"

    /// Whether a variable of this name is refused because it may hold a key.
    package static func mayHoldSecret(_ name: String) -> Bool {
        let upper = name.uppercased()
        return ["_KEY", "_SECRET", "_TOKEN"].contains { upper.hasSuffix($0) }
    }

    static func isName(_ name: String) -> Bool { name.wholeMatch(of: #/[A-Za-z_][A-Za-z0-9_]{0,127}/#) != nil }

    /// Why the command line may not allow a variable (`--env NAME`), whatever the manifest says; nil where it may.
    package static func refusal(of name: String) -> String? {
        if let equals = name.firstIndex(of: "=") {
            return "--env takes a name only: its value comes from the environment; give a value of your own with --var "
                + "\(name[..<equals])=…"
        }
        if !isName(name) { return "`\(name.shortened)` is no name of an environment variable" }
        if mayHoldSecret(name) { return "--env \(name) is refused: \(secretRule)" }
        return nil
    }
}
