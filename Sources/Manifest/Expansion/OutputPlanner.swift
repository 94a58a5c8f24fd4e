import Pipeline

/// Gives the outputs of a step their paths.
struct OutputPlanner {
    let step: Step
    let places: ScalarPlaces

    /// - Parameter names: of the instance; each output adds its own position.
    /// - Returns: the outputs, or nil where a path could not be worked out, which was reported.
    func outputs(
        count: Int, kind: MediaKind, label: InstanceLabel, names: InstanceNames, registry: inout PathRegistry,
        into problems: inout InstanceFindings
    ) -> [PlannedOutput]? {
        let paths: [String]
        if let save = step.save {
            guard let template = save.content, let saved = saved(template, count: count, kind: kind, names: names, into: &problems) else {
                return nil
            }
            paths = saved
        } else {
            let fileExtension = "." + OutputPath.fileExtension(of: kind)
            paths = (0..<count).map { label.defaultPath(step: step.name.content, output: $0, of: count) + fileExtension }
        }
        for path in paths {
            let owner = PathRegistry.Owner(instance: label.name, path: path, place: step.save?.place ?? step.name.place)
            if let other = registry.take(path, kind: kind, by: owner) { problems.add(clash(owner, other)) }
        }
        return paths.map { PlannedOutput(kind: kind, path: $0) }
    }

    private func clash(_ owner: PathRegistry.Owner, _ other: PathRegistry.Owner) -> Diagnostic {
        let isSame = owner.path == other.path
        let what = isSame ? "`\(owner.path.shortened)`" : "`\(owner.path.shortened)` and `\(other.path.shortened)`"
        let who =
            owner.instance == other.instance
            ? "two outputs of `\(owner.instance.shortened)`" : "`\(other.instance.shortened)` and `\(owner.instance.shortened)`"
        return Diagnostic(
            code: ManifestCode.pathClash, isSame ? "\(who) both save to \(what)" : "\(who) save to \(what), which can be one file",
            at: owner.place,
            cause: isSame ? nil : "extensions follow what the provider sends, and some file systems ignore case",
            suggestion: owner.instance != other.instance && owner.place != other.place
                ? "give one of them another path"
                : "tell them apart, for example with `${{ \(owner.instance == other.instance ? "output" : "each").number }}`",
            notes: other.place == owner.place ? [] : [Diagnostic.Note("`\(other.instance.shortened)` saves there here", at: other.place)])
    }

    /// The paths `save` makes, numbered where several outputs of an instance would have one.
    private func saved(
        _ template: TextTemplate, count: Int, kind: MediaKind, names: InstanceNames, into problems: inout InstanceFindings
    ) -> [String]? {
        let tellsOutputs = template.expressions.flatMap(\.references).contains { $0.root == "output" }
        var paths: [String] = []
        for output in 0..<(tellsOutputs ? count : 1) {
            var names = names
            names.output = output
            names.steps = [:]
            guard let path = path(template, names: names, into: &problems) else { return nil }
            let (stem, written) = OutputPath.split(path)
            let fileExtension = written ?? OutputPath.fileExtension(of: kind)
            let isNumbered = count > 1 && !tellsOutputs
            let whole = isNumbered ? (1...count).map { "\(stem)-\($0).\(fileExtension)" } : ["\(stem).\(fileExtension)"]
            guard check(path, longest: whole.last ?? path, written: written, kind: kind, at: template.place, into: &problems) else {
                return nil
            }
            paths += whole
        }
        return paths
    }

    private func path(_ template: TextTemplate, names: InstanceNames, into problems: inout InstanceFindings) -> String? {
        let value = TemplateEvaluator(names: names, places: places).evaluate(template, into: &problems)
        if value == .unknown { return nil }
        if case .value(let plain) = value, let text = plain.scalarText { return text }
        problems.add(
            Diagnostic(
                code: ManifestCode.wrongType, "`save` takes a path, this is \(value.typeName)", at: template.place,
                suggestion: "write for example `clips/${{ each.number }}.mp4`"))
        return nil
    }

    private func check(
        _ path: String, longest: String, written: String?, kind: MediaKind, at place: SourcePlace, into problems: inout InstanceFindings
    ) -> Bool {
        do {
            try OutputPath.check(path)
            try OutputPath.check(longest)
        } catch {
            problems.add(
                Diagnostic(
                    code: ManifestCode.badPath, path.isEmpty ? "`save` gives no path" : "`\(path.shortened)` is no path for an output",
                    at: place, cause: error.cause,
                    suggestion: error.suggestion))
            return false
        }
        if let written, !OutputPath.fits(written, kind) {
            problems.add(
                Diagnostic(
                    code: ManifestCode.wrongExtension, severity: .warning,
                    "`.\(written)` is no extension of a \(kind == .image ? "picture" : "clip")",
                    at: place, suggestion: "write `.\(OutputPath.fileExtension(of: kind))`"))
        }
        return true
    }
}
