import Foundation

/// What the built program's own parser knows, from `--experimental-dump-help`.
struct ParserDump {
    struct Flag {
        let name: String
        let help: String
        /// What stands behind it; nil for a switch.
        let value: String?
        /// What it is limited to; empty where anything goes.
        let values: [String]
    }

    struct Command {
        /// `providers check`.
        let name: String
        let help: String
        /// What comes without a flag: `campaign`.
        let arguments: [String]
        /// Without `--help` and `--version`, which every command has.
        let flags: [Flag]
    }

    /// By name, in order of the names.
    let commands: [Command]

    static func read(in workspace: Workspace) async throws -> ParserDump {
        let dump = try await Flowbatch.run(["--experimental-dump-help"], in: workspace)
        return try ParserDump(Data(dump.output.utf8))
    }

    private init(_ json: Data) throws {
        var commands: [Command] = []
        Self.collect(try JSONDecoder().decode(Dump.self, from: json).command, "", &commands)
        self.commands = commands.sorted { $0.name < $1.name }
    }

    subscript(command: String) -> Command? { commands.first { $0.name == command } }

    private static func collect(_ node: Dump.Command, _ path: String, _ commands: inout [Command]) {
        for child in node.subcommands ?? [] where child.commandName != "help" {
            let name = path.isEmpty ? child.commandName : path + " " + child.commandName
            let shown = (child.arguments ?? []).filter { $0.shouldDisplay ?? true }
            let flags = shown.compactMap { argument -> Flag? in
                guard let long = argument.names?.first(where: { $0.kind == "long" }), !["help", "version"].contains(long.name) else {
                    return nil
                }
                return Flag(
                    name: "--" + long.name, help: argument.abstract ?? "", value: argument.kind == "flag" ? nil : argument.valueName,
                    values: argument.allValues ?? [])
            }
            commands.append(
                Command(
                    name: name, help: child.abstract ?? "",
                    arguments: shown.filter { $0.kind == "positional" }.compactMap(\.valueName), flags: flags))
            collect(child, name, &commands)
        }
    }

    private struct Dump: Decodable {
        struct Command: Decodable {
            let commandName: String
            let abstract: String?
            let arguments: [Argument]?
            let subcommands: [Command]?
        }

        struct Argument: Decodable {
            struct Name: Decodable {
                let kind: String
                let name: String
            }

            let kind: String
            let names: [Name]?
            let abstract: String?
            let valueName: String?
            let allValues: [String]?
            let shouldDisplay: Bool?
        }

        let command: Command
    }
}
