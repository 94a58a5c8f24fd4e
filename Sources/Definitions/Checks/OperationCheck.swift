package import Pipeline

extension ProviderDefinition {
    /// Checks one step instance against the operation it uses, shapes it into jobs and prices them.
    ///
    /// Media arguments (`image`, `images`, `references`, `mask`, `file`) come as `.media`, `extra` as a map. A `count` that the provider
    /// does not take, or not so high, becomes several jobs.
    ///
    /// - Parameters:
    ///   - arguments: null stands for a parameter that was written and has no value.
    ///   - step: where to show what concerns the step as a whole.
    package func plan(_ operation: Operation, arguments: [String: LocatedArgument], at step: SourcePlace?) -> OperationPlan {
        var planner = OperationPlanner(operation, of: self)
        return planner.plan(arguments, at: step)
    }

    /// Of an operation that the provider does not have.
    func planUnknown(_ operation: Operation, at step: SourcePlace?, _ log: ProblemLog) -> OperationPlan {
        log.note(
            CheckCode.operation, "\(title) has no `\(operation.rawValue)`", at: step,
            suggestion: "it has " + Operation.allCases.filter { operations[$0] != nil }.map { "`\($0.rawValue)`" }.joined(separator: ", "))
        return OperationPlan(
            diagnostics: log.all, jobs: [], outputKind: operation.outputKind, outputCount: 1, expectedDuration: .zero, uploads: [],
            requests: [:])
    }

    func planUpload(_ arguments: [String: LocatedArgument], at step: SourcePlace?, _ log: ProblemLog) -> OperationPlan {
        let arguments = arguments.filter { $0.value.argument != .value(.null) }
        var uploaded: [MediaSource] = []
        var isMisspelt = false
        if uploads == nil {
            log.note(
                CheckCode.operation, "\(title) takes no uploads", at: step,
                suggestion: "name the file where it is used: the way there is chosen then")
        }
        for (name, argument) in arguments where name != "file" {
            // A picture to upload is easily called one.
            let isMeant = Suggestion.nearest(to: name, among: ["file"]) != nil || ["image", "path"].contains(name)
            if isMeant { isMisspelt = true }
            log.note(
                CheckCode.unknownParameter, "`\(name)` is not taken by `upload`", at: argument.keyPlace ?? step, cause: "it takes `file`",
                suggestion: isMeant ? "did you mean `file`?" : "leave it out")
        }
        if let file = arguments["file"] {
            if case .media(.file(let local)) = file.argument {
                uploaded = [.file(local)]
                checkUploadable(local, at: file.place ?? step, log)
            } else {
                log.note(
                    CheckCode.wrongType, "`file` is no file on this machine", at: file.place ?? step,
                    suggestion: file.argument.isList
                        ? "make an instance of each: `for_each: […]` and `file: ${{ each.item }}`" : "write a path relative to the campaign"
                )
            }
        } else if !isMisspelt {
            log.note(CheckCode.missingParameter, "`file` is missing: `upload` needs it", at: step, suggestion: "add `file:` under `with:`")
        }
        return OperationPlan(
            diagnostics: Diagnostics(log.all).all, jobs: [], outputKind: .image, outputCount: 1, expectedDuration: .zero, uploads: uploaded,
            requests: [:])
    }

    /// Whether the provider takes the file by upload: its type and size.
    func checkUploadable(_ file: LocalFile, at place: SourcePlace?, _ log: ProblemLog) {
        guard let uploads else { return }
        let name = file.path.split(separator: "/").last.map(String.init) ?? file.path
        if !uploads.types.contains(file.mediaType) {
            log.note(
                CheckCode.fileType, "\(name) is \(file.mediaType), which \(title) does not take", at: place,
                cause: "it takes \(uploads.types.joined(separator: ", "))", suggestion: "convert it to PNG or JPEG")
        }
        if file.bytes > uploads.maxBytes {
            log.note(
                CheckCode.fileSize, "\(name) is \(Self.megabytes(file.bytes)), \(title) takes at most \(Self.megabytes(uploads.maxBytes))",
                at: place,
                suggestion: "save it smaller")
        }
    }

    /// `24.1 MB`, rounded up so that what is too large never looks as large as allowed.
    static func megabytes(_ bytes: Int) -> String {
        let tenths = bytes / 100_000 + (bytes % 100_000 > 0 ? 1 : 0)
        return tenths.isMultiple(of: 10) ? "\(tenths / 10) MB" : "\(tenths / 10).\(tenths % 10) MB"
    }

    /// The fewest that the jobs take, by kind.
    func requests(_ operation: OperationDefinition, jobs: Int, outputs: Int) -> [CallKind: Int] {
        guard let jobProtocol = jobProtocol(of: operation) else { return [.submit: jobs] }
        var requests: [CallKind: Int] = [.submit: jobs]
        if jobProtocol.poll != nil { requests[.poll] = jobs }
        if jobProtocol.result != nil { requests[.result] = jobs }
        if case .request? = jobProtocol.outputs[operation.outputKind]?.first { requests[.fetch] = outputs }
        return requests
    }
}

extension Argument {
    fileprivate var isList: Bool { if case .list = self { true } else { false } }
}
