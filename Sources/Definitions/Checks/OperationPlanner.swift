package import Pipeline

/// Plans many instances of one operation: what they have in common is worked out once, and shared between their plans.
package struct OperationPlanner {
    private let provider: ProviderDefinition
    private let operation: Pipeline.Operation
    private let all: OperationDefinition?
    /// `Flow AI's \`r2i\``.
    private let what: String
    private let modelNames: [String]
    /// By what arguments say of the model.
    private var models: [Argument?: Model] = [:]
    /// What was found without a problem before, the newest last.
    private var forms: [ArgumentForm] = []

    /// What instances of one model have in common.
    private final class Model {
        let operation: OperationDefinition
        let renditions: Set<String>
        /// The parameter that says how many outputs.
        let count: String?
        /// The parameters on which jobs, prices and durations hang, in order.
        let decisive: [String]
        var shapes: [[Argument?]: Shape] = [:]

        init(_ operation: OperationDefinition, of provider: ProviderDefinition) {
            self.operation = operation
            renditions = provider.renditions(of: operation)
            count = JobShape.countParameter(of: operation)?.name
            decisive = JobShape.decisiveParameters(of: operation, provider).sorted()
        }
    }

    private struct Shape {
        let jobs: [PlannedJob]
        let outputs: Int
        let expectedDuration: Duration
        let requests: [CallKind: Int]
    }

    /// So many different shapes are kept; campaigns have a handful.
    private static let mostShapes = 1000
    private static let mostModels = 100
    private static let mostForms = 16

    package init(_ operation: Pipeline.Operation, of provider: ProviderDefinition) {
        self.provider = provider
        self.operation = operation
        all = provider.operations[operation]
        what = "\(provider.title)'s `\(operation.rawValue)`"
        modelNames = all.map { Array($0.models.keys) } ?? []
    }

    /// Checks one step instance against the operation it uses, shapes it into jobs and prices them.
    ///
    /// Media arguments (`image`, `images`, `references`, `mask`, `file`) come as `.media`, `extra` as a map. A `count` that the provider
    /// does not take, or not so high, becomes several jobs.
    ///
    /// - Parameters:
    ///   - arguments: null stands for a parameter that was written and has no value.
    ///   - step: where to show what concerns the step as a whole.
    package mutating func plan(_ arguments: [String: LocatedArgument], at step: SourcePlace?) -> OperationPlan {
        let log = ProblemLog()
        if operation == .upload { return provider.planUpload(arguments, at: step, log) }
        guard let all else { return provider.planUnknown(operation, at: step, log) }
        let isNull = { (argument: LocatedArgument) in argument.argument == .value(.null) }
        let hasNulls = arguments.values.contains(where: isNull)
        let empty = hasNulls ? arguments.filter { isNull($0.value) } : [:]
        let arguments = hasNulls ? arguments.filter { !isNull($0.value) } : arguments
        let model = model(of: arguments["model"]?.argument, all)
        var check = ArgumentCheck(
            provider: provider, operation: model.operation, all: all, what: what, count: model.count, models: modelNames, log: log)
        check.run(arguments, empty: empty, at: step)
        let shape = shape(of: arguments, model)
        return OperationPlan(
            diagnostics: log.all.isEmpty ? [] : Diagnostics(log.all).all, jobs: shape.jobs, outputKind: model.operation.outputKind,
            outputCount: shape.outputs, expectedDuration: shape.expectedDuration, uploads: check.uploads, requests: shape.requests,
            renditions: model.renditions)
    }

    /// The same of an instance many others of whose step are like it: what was found in order before is not looked at again.
    ///
    /// - Parameters:
    ///   - arguments: those that have a value.
    ///   - located: all of them with their places; asked for where there may be something to tell.
    package mutating func plan(
        _ arguments: Arguments, at step: SourcePlace?, located: () -> [String: LocatedArgument]
    ) -> OperationPlan {
        for form in forms.reversed() {
            if let uploads = form.uploads(of: arguments, provider: provider, what: what, models: modelNames) {
                return form.plan.with(uploads: uploads)
            }
        }
        let plan = plan(located(), at: step)
        if plan.diagnostics.isEmpty, operation != .upload, let all {
            let model = model(of: arguments["model"], all)
            let fixed = Set(model.decisive + ["model", "extra"] + (model.count.map { [$0] } ?? []))
            if forms.count == Self.mostForms { forms.removeFirst() }
            forms.append(ArgumentForm(arguments, fixed: fixed, of: model.operation, plan: plan))
        }
        return plan
    }

    private mutating func model(of argument: Argument?, _ all: OperationDefinition) -> Model {
        if let known = models[argument] { return known }
        let model = Model(all.forModel(of: argument.map { ["model": $0] } ?? [:]), of: provider)
        if models.count < Self.mostModels { models[argument] = model }
        return model
    }

    private func shape(of arguments: [String: LocatedArgument], _ model: Model) -> Shape {
        let decisive = model.decisive.map { arguments[$0]?.argument }
        if let known = model.shapes[decisive] { return known }
        let jobShape = JobShape(definition: provider, operation: model.operation, arguments: arguments.mapValues(\.argument))
        let jobs = jobShape.jobs
        let outputs = jobs.last?.outputs.upperBound ?? 0
        let shape = Shape(
            jobs: jobs, outputs: outputs, expectedDuration: jobShape.expectedDuration,
            requests: provider.requests(model.operation, jobs: jobs.count, outputs: outputs))
        if model.shapes.count < Self.mostShapes { model.shapes[decisive] = shape }
        return shape
    }
}
