/// What the argument parser cannot say by itself.
enum CommandLineArguments {
    /// The speed of a bare `--sandbox`.
    static let defaultSandboxSpeed = 60

    /// `--sandbox` alone means the default speed; with a value it is written `--sandbox=SPEED`.
    static func normalised(_ arguments: [String]) -> [String] {
        var isLiteral = false
        return arguments.map { argument in
            if argument == "--" { isLiteral = true }
            return argument == "--sandbox" && !isLiteral ? "--sandbox=\(defaultSandboxSpeed)" : argument
        }
    }
}
