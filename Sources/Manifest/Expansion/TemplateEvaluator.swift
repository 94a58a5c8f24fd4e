import Pipeline

/// Evaluates values of the manifest, reporting problems at their places.
struct TemplateEvaluator {
    let names: InstanceNames
    let places: ScalarPlaces

    /// Unknown where there was a problem.
    func evaluate(_ template: ValueTemplate, into problems: inout InstanceFindings) -> Evaluated {
        switch template {
        case .constant(let value, _): return .value(value)
        case .text(let template): return evaluate(template, into: &problems)
        case .list(let elements, let place):
            var values: [Evaluated] = []
            for element in elements { values.append(evaluate(element, into: &problems)) }
            return bounded(.list(of: values), at: place, into: &problems)
        case .map(let members, let place):
            var map: [String: Value] = [:]
            var isUnknown = false
            for member in members {
                switch evaluate(member.value, into: &problems) {
                case .value(let value): map[member.name] = value
                case .unknown: isUnknown = true
                case .media, .list:
                    problems.add(
                        Diagnostic(
                            code: ManifestCode.notMedia, "`\(member.name.shortened)` cannot hold a picture or clip", at: place,
                            cause: "they are handed over as parameters of their own",
                            suggestion: "hand it over as `image`, `images` or `references`"))
                    isUnknown = true
                }
            }
            return isUnknown ? .unknown : bounded(.value(.map(map)), at: place, into: &problems)
        }
    }

    private func bounded(_ value: Evaluated, at place: SourcePlace, into problems: inout InstanceFindings) -> Evaluated {
        let limit = ExpressionEvaluator<InstanceNames>.largestValue
        if value.fits(limit) { return value }
        problems.add(
            Diagnostic(
                code: ManifestCode.tooMuchText, "a value has at most \(limit) bytes, written out", at: place,
                suggestion: "make it shorter; long data belongs in a CSV file"))
        return .unknown
    }

    func evaluate(_ template: TextTemplate, into problems: inout InstanceFindings) -> Evaluated {
        do {
            return try ExpressionEvaluator(names: names).evaluate(template)
        } catch {
            problems.add(error.diagnostic(in: template.text, at: template.place, places: places))
            return .unknown
        }
    }
}
