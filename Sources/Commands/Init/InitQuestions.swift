import Foundation
import Pipeline
import Templates

/// What a person at a terminal is asked who starts a campaign without saying from what.
struct InitQuestions {
    struct Answers: Equatable {
        let template: String
        let name: String?
        let provider: String?
    }

    /// How often a question is asked before it is given up.
    private static let tries = 3

    /// Shows a question and gives the line that was typed; nil at the end of the input.
    let ask: (String) -> String?
    /// The providers that a template can be used with.
    let providers: (CampaignTemplate) -> [String]

    /// - Parameter name: the name that is used where none is typed, by template; nil where one was given.
    /// - Throws: exit 64 where the input ends or nothing that is offered was chosen.
    func answers(name: ((CampaignTemplate) -> String)?, provider: String?) throws(CommandFailure) -> Answers {
        let template = try chooseTemplate()
        var typed: String?
        if let name {
            let usual = name(template)
            let answer = try line("Name of the campaign, in lower-case letters, digits and hyphens [\(usual)]: ")
            typed = answer.isEmpty ? usual : answer
        }
        let offered = provider == nil ? providers(template) : []
        guard offered.count > 1, let usual = offered.first else { return Answers(template: template.name, name: typed, provider: provider) }
        let chosen = try choice("Provider (\(offered.joined(separator: ", "))) [\(usual)]: ", usual: usual) { answer in
            offered.first { $0 == answer.lowercased() }
        }
        return Answers(template: template.name, name: typed, provider: chosen)
    }

    private func chooseTemplate() throws(CommandFailure) -> CampaignTemplate {
        let all = CampaignTemplate.all
        let list = all.enumerated().map { "  \($0 + 1)  \($1.alias.padding(toLength: 9, withPad: " ", startingAt: 0)) \($1.summary)" }
        return try choice("What do you make?\n\(list.joined(separator: "\n"))\n[1]: ", usual: all.first) { answer in
            if let number = Int(answer), all.indices.contains(number - 1) { return all[number - 1] }
            return CampaignTemplate.named(answer.lowercased())
        }
    }

    /// Asks until an answer means something; nothing typed means `usual`.
    private func choice<Choice>(_ question: String, usual: Choice?, _ meaning: (String) -> Choice?) throws(CommandFailure) -> Choice {
        for _ in 0..<Self.tries {
            let answer = try line(question)
            if answer.isEmpty, let usual { return usual }
            if let chosen = meaning(answer) { return chosen }
        }
        throw CommandFailure(.usage, "nothing that was offered was chosen; nothing was written")
    }

    private func line(_ question: String) throws(CommandFailure) -> String {
        guard let line = ask(question) else { throw CommandFailure(.usage, "no answer; nothing was written") }
        return line.trimmingCharacters(in: .whitespaces)
    }
}
