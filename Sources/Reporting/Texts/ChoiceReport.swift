/// What a person may choose from, and what was chosen: what `flowbatch pick` lists.
package struct ChoiceReport: Sendable, Hashable, Codable {
    package struct Output: Sendable, Hashable, Codable {
        package let instance: String
        /// Within the output folder.
        package let path: String
        /// Whether it is there to be looked at; only then it can be chosen.
        package let made: Bool
        package let chosen: Bool

        package init(instance: String, path: String, made: Bool, chosen: Bool) {
            self.instance = instance
            self.path = path
            self.made = made
            self.chosen = chosen
        }
    }

    package struct Step: Sendable, Hashable, Codable {
        package let step: String
        package let outputs: [Output]
        /// Instances of later steps that wait for a choice among them.
        package let waiting: Int

        package init(step: String, outputs: [Output], waiting: Int) {
            self.step = step
            self.outputs = outputs
            self.waiting = waiting
        }
    }

    package private(set) var version = 1
    package let campaign: String
    /// Steps with `pick: manual`, in plan order.
    package let steps: [Step]

    package init(campaign: String, steps: [Step]) {
        self.campaign = campaign
        self.steps = steps
    }
}

/// Choices as `flowbatch pick` prints them.
package struct ChoiceText: Sendable {
    private let report: ChoiceReport
    /// Puts a path as people can paste it.
    private let shown: @Sendable (String) -> String

    package init(_ report: ChoiceReport, shown: @escaping @Sendable (String) -> String) {
        self.report = report
        self.shown = shown
    }

    /// Every output with its standing, ending with a line break.
    package var text: String {
        guard !report.steps.isEmpty else { return "\(Printable.line(report.campaign)): no step leaves a choice (`pick: manual`)\n" }
        return report.steps.map { step in
            var table = TextTable([])
            for output in step.outputs {
                let standing = output.chosen ? "chosen" : output.made ? "open" : "not made yet"
                table.add([standing, output.instance, shown(output.path)])
            }
            return ([headline(of: step)] + table.lines(indent: 2)).map { $0 + "\n" }.joined()
        }.joined(separator: "\n")
    }

    /// One line a step, without the outputs.
    package var summary: String { report.steps.map { headline(of: $0) + "\n" }.joined() }

    private func headline(of step: ChoiceReport.Step) -> String {
        let chosen = step.outputs.count(where: \.chosen)
        let waiting = step.waiting > 0 ? "; \(Wording.count(step.waiting, "instance waits", "instances wait"))" : ""
        return "\(Printable.line(step.step)): \(Wording.grouped(chosen)) of \(Wording.grouped(step.outputs.count)) chosen\(waiting)"
    }

    /// The report as JSON, ending with a line break.
    package func json() throws(ReportingError) -> String { try ReportJSON.text(of: report) }
}
