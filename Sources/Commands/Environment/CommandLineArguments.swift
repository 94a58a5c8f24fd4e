import ArgumentParser

/// What the argument parser cannot say by itself.
enum CommandLineArguments {
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
            return argument == "--sandbox" && !isLiteral ? "--sandbox=\(SandboxSpeed.unsaid)" : argument
        }
    }
}

/// The speed of `--sandbox[=SPEED]`.
struct SandboxSpeed: ExpressibleByArgument {
    /// How a bare `--sandbox` reaches the parser.
    static let unsaid = "default"
    static let usual = 60.0

    /// Nil: the user named none.
    let said: Double?

    init?(argument: String) {
        if argument == Self.unsaid {
            said = nil
        } else {
            guard let speed = Double(argument) else { return nil }
            said = speed
        }
    }

    /// What a run takes.
    var value: Double { said ?? Self.usual }

    /// - Throws: `ValidationError` for a speed that nothing runs at.
    func validate() throws {
        guard value.isFinite, value > 0, value <= 100_000 else {
            throw ValidationError("--sandbox takes a speed above 0 and up to 100000, like --sandbox=60")
        }
    }
}
