import ArgumentParser
import Pipeline

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
    ///
    /// - Throws: exit 64 where the speed stands apart or is none.
    static func normalised(_ arguments: [String]) throws(CommandFailure) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.endIndex
        var normalised = arguments
        for position in arguments[..<end].indices {
            let argument = arguments[position]
            if argument == "--sandbox" {
                let next = position + 1 < end ? arguments[position + 1] : ""
                // No step, job or identity looks like this.
                if next.count < 6, let speed = Double(next), speed.isFinite {
                    throw CommandFailure(.usage, "the speed is written with an equals sign: --sandbox=\(next), not `--sandbox \(next)`")
                }
                normalised[position] = "--sandbox=\(SandboxSpeed.unsaid)"
            } else if argument.hasPrefix("--sandbox="), SandboxSpeed(argument: String(argument.dropFirst(10))) == nil {
                throw CommandFailure(
                    .usage, "--sandbox takes a speed above 0 and up to 100000, like --sandbox=600, not `\(argument.dropFirst(10))`")
            }
        }
        return normalised
    }

    /// - Throws: exit 64 where the first argument is a word and none of `commands`.
    static func checkCommand(_ arguments: [String], among commands: [String]) throws(CommandFailure) {
        guard let name = arguments.first, !name.hasPrefix("-"), !(commands + ["help"]).contains(name) else { return }
        let hint = Suggestion.nearest(to: name, among: commands).map { "; did you mean `\($0)`? " } ?? "; "
        throw CommandFailure(.usage, "there is no command `\(name)`\(hint)`flowbatch --help` lists all")
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
