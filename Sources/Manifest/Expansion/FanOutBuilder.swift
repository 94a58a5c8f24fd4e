import Pipeline

/// Works out a step's `for_each`.
struct FanOutBuilder {
    let step: Step
    let evaluator: TemplateEvaluator
    let fanOut: FanOut
    /// Of the whole campaign, for messages.
    let mostInstances: Int

    /// The elements, or nil where a problem (reported here or before) keeps them unknown.
    func elements(into problems: inout InstanceFindings) -> [FanOutElement]? {
        do {
            switch step.fanOut {
            case nil: return [.single]
            case .unreadable: return nil
            case .items(let template):
                guard let values = values(template, called: "`for_each`", into: &problems) else { return nil }
                warnIfEmpty(values, template, into: &problems)
                return try fanOut.items(values)
            case .axes(let template): return try elements(template, into: &problems)
            }
        } catch {
            problems.add(diagnostic(of: error))
            return nil
        }
    }

    private var place: SourcePlace {
        switch step.fanOut {
        case .items(let template): template.place
        case .axes(let template): template.axes.first?.name.place ?? step.name.place
        case .unreadable, nil: step.name.place
        }
    }

    private func diagnostic(of problem: FanOut.Problem) -> Diagnostic {
        switch problem {
        case .tooMany(let count):
            Diagnostic(
                code: ManifestCode.tooManyInstances, "step `\(step.name.content)` has too many instances: \(count)", at: place,
                cause: "a campaign has at most \(mostInstances)", suggestion: "split the campaign")
        case .clash(let axis, let clashPlace):
            Diagnostic(
                code: ManifestCode.axisClash, "two axes are called `\(axis)`", at: clashPlace ?? place,
                cause: "the axes of the step that outputs come from come along", suggestion: "give one of them another name")
        }
    }

    /// The elements of what has to be a list.
    private func values(_ template: ValueTemplate, called what: String, into problems: inout InstanceFindings) -> [Evaluated]? {
        let value = evaluator.evaluate(template, into: &problems)
        if value == .unknown { return nil }
        if let elements = value.elements { return elements }
        let suggestion: String? =
            if case .media(let item) = value { item.kind == .image ? "write `images`" : "write `videos`" } else { nil }
        problems.add(
            Diagnostic(
                code: ManifestCode.notAList, "\(what) takes a list, this is \(value.typeName)", at: template.place, suggestion: suggestion))
        return nil
    }

    /// Outputs of a step that dropped its instances may well be none; a list written or set to nothing is a mistake.
    private func warnIfEmpty(_ values: [Evaluated], _ template: ValueTemplate, into problems: inout InstanceFindings) {
        let takesOutputs = template.templates.flatMap(\.expressions).flatMap(\.references).contains { $0.root == "steps" }
        guard values.isEmpty, !takesOutputs, !template.templates.isEmpty else { return }
        problems.add(
            Diagnostic(
                code: ManifestCode.emptyFanOut, severity: .warning, "step `\(step.name.content)` fans out over nothing and does nothing",
                at: template.place))
    }

    private func elements(_ template: AxesTemplate, into problems: inout InstanceFindings) throws(FanOut.Problem) -> [FanOutElement]? {
        var axes: [(name: Located<String>, values: [Evaluated])] = []
        for axis in template.axes {
            guard let source = axis.values, let values = values(source, called: "axis `\(axis.name.content)`", into: &problems) else {
                continue
            }
            warnIfEmpty(values, source, into: &problems)
            axes.append((axis.name, values))
        }
        let exclude = combinations(template.exclude, axes: template.axes, isWhole: false, into: &problems)
        let include = combinations(template.include, axes: template.axes, isWhole: true, into: &problems)
        guard axes.count == template.axes.count else { return nil }
        let all = try fanOut.combinations(axes)
        guard let exclude, let include, let (kept, idle) = all.excluding(exclude) else { return nil }
        for combination in idle {
            problems.add(
                Diagnostic(
                    code: ManifestCode.excludesNothing, severity: .warning, "this `exclude` drops no combination", at: combination.place,
                    suggestion: "its values have to be those of the axes, of the same type"))
        }
        return try adding(include, to: kept, axes: axes.map(\.name), into: &problems)
    }

    private func adding(
        _ include: [Combination], to kept: [FanOutElement], axes: [Located<String>], into problems: inout InstanceFindings
    ) throws(FanOut.Problem) -> [FanOutElement] {
        var elements = kept
        var present = include.isEmpty ? [] : Set(kept.map(\.axes))
        for combination in include {
            let single = axes.map { ($0, [combination.values[$0.content] ?? .unknown]) }
            for element in try fanOut.combinations(single) {
                guard present.insert(element.axes).inserted else {
                    problems.add(
                        Diagnostic(
                            code: ManifestCode.repeatedCombination, "this `include` is there already", at: combination.place,
                            cause: "it would be made, and paid, twice"))
                    continue
                }
                elements.append(element)
            }
        }
        guard elements.count <= fanOut.limit else { throw .tooMany("\(elements.count)") }
        return elements
    }

    /// - Parameter isWhole: whether an entry has to name every axis.
    private func combinations(
        _ templates: [AxesTemplate.Combination], axes: [AxesTemplate.Axis], isWhole: Bool, into problems: inout InstanceFindings
    ) -> [Combination]? {
        let names = Set(axes.map(\.name.content))
        var isKnown = true
        var combinations: [Combination] = []
        for template in templates {
            var values: [String: Evaluated] = [:]
            for member in template.members {
                guard names.contains(member.name.content) else {
                    problems.add(
                        Diagnostic(
                            code: ManifestCode.badCombination, "there is no axis `\(member.name.content.shortened)`", at: member.name.place,
                            suggestion: Suggestion.text(for: member.name.content, among: names)))
                    isKnown = false
                    continue
                }
                let value = evaluator.evaluate(member.value, into: &problems)
                if value == .unknown { isKnown = false }
                values[member.name.content] = value
            }
            let missing = names.filter { values[$0] == nil }.sorted()
            if isWhole, !missing.isEmpty {
                problems.add(
                    Diagnostic(
                        code: ManifestCode.badCombination, "this `include` does not name every axis", at: template.place,
                        suggestion: "add \(missing.map { "`\($0)`" }.joined(separator: ", "))"))
                isKnown = false
            }
            combinations.append(Combination(values: values, place: template.place))
        }
        return isKnown ? combinations : nil
    }
}
