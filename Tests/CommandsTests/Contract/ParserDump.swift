import Foundation

/// What the built program's own parser knows, from `--experimental-dump-help`.
struct ParserDump {
    /// By command (`providers check`): its flags (`--sandbox`), each with the values it is limited to.
    let commands: [String: [String: Set<String>]]

    static func read(in workspace: Workspace) async throws -> ParserDump {
        let dump = try await Flowbatch.run(["--experimental-dump-help"], in: workspace)
        return try ParserDump(Data(dump.output.utf8))
    }

    private init(_ json: Data) throws {
        let root = try JSONDecoder().decode(Dump.self, from: json).command
        var commands: [String: [String: Set<String>]] = [:]
        Self.collect(root, "", &commands)
        self.commands = commands
    }

    private static func collect(_ command: Command, _ path: String, _ commands: inout [String: [String: Set<String>]]) {
        for child in command.subcommands ?? [] where child.commandName != "help" {
            let name = path.isEmpty ? child.commandName : path + " " + child.commandName
            var flags: [String: Set<String>] = [:]
            for argument in child.arguments ?? [] {
                for long in argument.names ?? [] where long.kind == "long" { flags["--" + long.name] = Set(argument.allValues ?? []) }
            }
            // What every command has.
            flags["--help"] = nil
            flags["--version"] = nil
            commands[name] = flags
            collect(child, name, &commands)
        }
    }

    private struct Dump: Decodable { let command: Command }

    private struct Command: Decodable {
        let commandName: String
        let arguments: [Argument]?
        let subcommands: [Command]?
    }

    private struct Argument: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String
        }

        let names: [Name]?
        let allValues: [String]?
    }
}
