/// What the argument parser cannot say by itself.
enum CommandLineArguments {
    /// The speed of a bare `--sandbox`.
    static let defaultSandboxSpeed = 60

    /// `arguments` without an option and its values.
    static func without(_ option: String, _ arguments: [String]) -> [String] {
        var left: [String] = []
        var isValue = false
        for (position, argument) in arguments.enumerated() {
            if isValue {
                isValue = false
            } else if argument == "--" {
                return left + arguments[position...]
            } else if argument == option {
                isValue = true
            } else if !argument.hasPrefix(option + "=") {
                left.append(argument)
            }
        }
        return left
    }

    /// `--sandbox` alone means the default speed; with a value it is written `--sandbox=SPEED`.
    static func normalised(_ arguments: [String]) -> [String] {
        var isLiteral = false
        return arguments.map { argument in
            if argument == "--" { isLiteral = true }
            return argument == "--sandbox" && !isLiteral ? "--sandbox=\(defaultSandboxSpeed)" : argument
        }
    }
}
