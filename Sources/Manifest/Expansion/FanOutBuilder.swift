import Pipeline

/// Works out a step's `for_each`.
struct FanOutBuilder {
    let step: Step
    let inputs: FanOutInputs.OfStep
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
        case .axes(let template):
            switch template.dimensions.first {
            case .axis(let axis): axis.name.place
            case .file(let input): input.place
            case nil: step.name.place
            }
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
                cause: inputs.table?.columns.contains(axis) == true
                    ? "the columns of a CSV file are axes" : "the axes of the step that outputs come from come along",
                suggestion: "give one of them another name")
        }
    }

    /// The elements of what has to be a list.
    private func values(_ template: ValueTemplate, called what: String, into problems: inout InstanceFindings) -> [Evaluated]? {
        let value = evaluator.evaluate(template, into: &problems)
        if value == .unknown { return nil }
        if let elements = value.elements { return elements }
        let suggestion =
            if case .media(let item) = value {
                item.kind == .image ? "write `images`" : "write `videos`"
            } else {
                template.templates.flatMap(\.expressions).flatMap(\.references).contains { $0.root == "env" }
                    ? "the environment gives one text; list the values under `vars`, to be set with `--var`"
                    : "make it a list: `[…]`" + (template.templates.isEmpty ? "" : ", also where the variable is defined")
            }
        problems.add(
            Diagnostic(
                code: ManifestCode.notAList, "\(what) takes a list, this is \(value.typeName)", at: template.place, suggestion: suggestion))
        return nil
    }

    /// Outputs of a step that dropped its instances may well be none; a list written or set to nothing is a mistake.
    private func warnIfEmpty(_ values: [Evaluated], _ template: ValueTemplate, into problems: inout InstanceFindings) {
        let takesOutputs = template.templates.flatMap(\.expressions).flatMap(\.references).contains { $0.root == "steps" }
        guard values.isEmpty, !takesOutputs, !template.templates.isEmpty else { return }
        problems.add(nothing(nil, at: template.place))
    }

    private func nothing(_ cause: String?, at place: SourcePlace) -> Diagnostic {
        Diagnostic(
            code: ManifestCode.emptyFanOut, severity: .warning, "step `\(step.name.content)` fans out over nothing and does nothing",
            at: place, cause: cause,
            suggestion: cause == nil ? "list something; `if` is for what is left out on purpose" : "add rows to it")
    }

    private func elements(_ template: AxesTemplate, into problems: inout InstanceFindings) throws(FanOut.Problem) -> [FanOutElement]? {
        var dimensions: [FanOut.Dimension] = []
        for dimension in template.dimensions {
            switch dimension {
            case .axis(let axis):
                let what = "axis `\(axis.name.content)`"
                guard let source = axis.values, let values = values(source, called: what, into: &problems) else { continue }
                warnIfEmpty(values, source, into: &problems)
                dimensions.append(.axis(axis.name, values))
            case .file(let input):
                if case .glob = input.kind { if let files = inputs.files { dimensions.append(.files(files)) } }
                if case .csv = input.kind, let table = inputs.table {
                    if table.rows.isEmpty { problems.add(nothing("the CSV file has a header and no rows", at: input.place)) }
                    dimensions.append(.rows(table, input.place))
                }
            }
        }
        let names = combinedNames(template)
        let exclude = names.flatMap { combinations(template.exclude, names: $0, isWhole: false, into: &problems) }
        let include = names.flatMap { combinations(template.include, names: $0, isWhole: true, into: &problems) }
        guard dimensions.count == template.dimensions.count else { return nil }
        let all = try fanOut.combinations(dimensions)
        guard let names, let exclude, let include, let (kept, idle) = all.excluding(exclude) else { return nil }
        for combination in idle {
            problems.add(
                Diagnostic(
                    code: ManifestCode.excludesNothing, severity: .warning, "this `exclude` drops no combination", at: combination.place,
                    suggestion: inputs.table == nil
                        ? "its values have to be those of the axes, of the same type"
                        : "its values have to be those of the axes; cells of a CSV file are text, so write them in quotes"))
        }
        return try adding(include, to: kept, names: names, into: &problems)
    }

    /// What `exclude` and `include` may name, in order; nil where a CSV file could not be read.
    private func combinedNames(_ template: AxesTemplate) -> [Located<String>]? {
        var names: [Located<String>] = []
        for dimension in template.dimensions {
            switch dimension {
            case .axis(let axis): names.append(axis.name)
            case .file(let input):
                guard case .csv = input.kind else {
                    names.append(Located("item", at: input.place))
                    continue
                }
                guard let table = inputs.table else { return nil }
                names += table.columns.map { Located($0, at: input.place) }
            }
        }
        return names
    }

    private func adding(
        _ include: [Combination], to kept: [FanOutElement], names: [Located<String>], into problems: inout InstanceFindings
    ) throws(FanOut.Problem) -> [FanOutElement] {
        func values(_ element: FanOutElement) -> [Evaluated?] { names.map { element.value(of: $0.content) } }
        var elements = kept
        var present = include.isEmpty ? [] : Set(kept.map(values))
        for combination in include {
            var element = FanOutElement.single
            for name in names {
                let value = combination.values[name.content] ?? .unknown
                if name.content == "item" {
                    element.item = value
                    if case .value(let plain) = value, let text = plain.scalarText { element.labels.append(text) }
                } else {
                    try element.add(value, at: 0, on: name, origin: fanOut.origin)
                }
            }
            guard present.insert(values(element)).inserted else {
                problems.add(
                    Diagnostic(
                        code: ManifestCode.repeatedCombination, "this `include` is there already", at: combination.place,
                        cause: "it would be made, and paid, twice", suggestion: "delete it"))
                continue
            }
            elements.append(element)
        }
        guard elements.count <= fanOut.limit else { throw .tooMany("\(elements.count)") }
        return elements
    }

    /// - Parameter isWhole: whether an entry has to name every axis.
    private func combinations(
        _ templates: [AxesTemplate.Combination], names known: [Located<String>], isWhole: Bool, into problems: inout InstanceFindings
    ) -> [Combination]? {
        let names = Set(known.map(\.content))
        let columns = Set(inputs.table?.columns ?? [])
        var isKnown = true
        var combinations: [Combination] = []
        for template in templates {
            var values: [String: Evaluated] = [:]
            for member in template.members {
                guard names.contains(member.name.content) else {
                    problems.add(
                        Diagnostic(
                            code: ManifestCode.badCombination, "there is no axis `\(member.name.content.shortened)`", at: member.name.place,
                            suggestion: Suggestion.text(for: member.name.content, among: names) ?? "name an axis of this step"))
                    isKnown = false
                    continue
                }
                var value = evaluator.evaluate(member.value, into: &problems)
                if value == .unknown { isKnown = false }
                // Cells are text: `12` in the manifest means the cell that reads `12`.
                if columns.contains(member.name.content), case .value(let plain) = value, let text = plain.scalarText {
                    value = .value(.text(text))
                }
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
