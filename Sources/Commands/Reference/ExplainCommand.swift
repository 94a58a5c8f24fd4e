import ArgumentParser
import Pipeline

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Says what the code of a problem means, with an example that is wrong and one that is right.")

    @ArgumentParser.Argument(
        help: "Codes such as FB1101; all are listed without one.", completion: .list(CodeExplanations.all.map(\.code)))
    var codes: [String] = []

    mutating func run() async throws {
        guard !codes.isEmpty else { return Console.standard.raw(CodeExplanations.list) }
        var texts: [String] = []
        for code in codes {
            let wanted = code.uppercased()
            guard let explanation = CodeExplanations.explanation(of: wanted) else { throw Self.unknown(code) }
            texts.append(explanation.text + "\n")
        }
        Console.standard.raw(texts.joined(separator: "\n"))
    }

    /// Digits without letters in front are a code too, as far as finding the one that is meant goes.
    private static func unknown(_ code: String) -> CommandFailure {
        let known = CodeExplanations.all.map(\.code)
        let wanted = code.uppercased()
        let near = known.contains("FB" + wanted) ? "FB" + wanted : Suggestion.nearest(to: wanted, among: known)
        let hint = near.map { "did you mean `\($0)`?" } ?? "`flowbatch explain` lists them"
        return CommandFailure(.usage, "there is no code `\(code)`; \(hint)")
    }
}
