import Foundation
import Pipeline

/// What the files give that steps fan out over: tables of `csv`, paths of `glob`. Each file and pattern is looked at once.
struct FanOutInputs {
    /// Of one step.
    struct OfStep: Sendable {
        /// Nil where there is no `csv`, or a problem with it, which was reported.
        var table: Table?
        /// Nil where there is no `glob`, or a problem with it, which was reported.
        var files: GlobFiles?
    }

    /// The files of a pattern.
    struct GlobFiles: Sendable {
        /// Relative to the manifest's folder, sorted.
        let paths: [String]
        /// What tells each from the others, for people: without the folder all are in, and without extension where that tells enough.
        let labels: [String]
    }

    private var steps: [Int: OfStep] = [:]

    /// Of the step at a position of the manifest.
    subscript(_ position: Int) -> OfStep { steps[position] ?? OfStep() }

    init(
        _ campaign: Campaign, source: CampaignSource, variables: VariableTable, options: CompileOptions, places: ScalarPlaces,
        into findings: inout Findings
    ) {
        var reader = InputReader(source: source, options: options)
        let evaluator = TemplateEvaluator(names: variables.names, places: places)
        for (position, step) in campaign.steps.enumerated() {
            for input in step.fanOut?.inputs ?? [] {
                var problems = InstanceFindings()
                if let path = Self.path(input, evaluator, into: &problems) {
                    switch input.kind {
                    case .csv(let delimiter):
                        steps[position, default: OfStep()].table = reader.table(
                            path, delimiter: delimiter, at: input.place, into: &problems)
                    case .glob: steps[position, default: OfStep()].files = reader.files(path, at: input.place, into: &problems)
                    }
                }
                findings.add(contentsOf: problems.diagnostics(instances: 1))
            }
        }
    }

    private static func path(_ input: FileInput, _ evaluator: TemplateEvaluator, into problems: inout InstanceFindings) -> String? {
        guard let template = input.path else { return nil }
        let value = evaluator.evaluate(template, into: &problems)
        if value == .unknown { return nil }
        if case .value(let plain) = value, let text = plain.scalarText { return text }
        let key = if case .glob = input.kind { "glob" } else { "csv" }
        problems.add(
            Diagnostic(
                code: ManifestCode.wrongType, "`\(key)` takes the name of a file, this is \(value.typeName)", at: input.place,
                suggestion: "write one path"))
        return nil
    }
}

/// Reads tables and finds files, confined to the manifest's folder.
private struct InputReader {
    private let source: CampaignSource
    private let options: CompileOptions
    private var tables: [TableKey: Result<Table, Failure>] = [:]
    private var patterns: [String: Result<FanOutInputs.GlobFiles, Failure>] = [:]

    private struct TableKey: Hashable {
        let path: String
        let delimiter: Character?
    }

    /// Why there is nothing, as diagnostics without their place in the manifest.
    private struct Failure: Error {
        let problems: [(code: String, message: String, cause: String?, suggestion: String?, line: Int?)]

        init(_ code: String, _ message: String, cause: String? = nil, suggestion: String? = nil) {
            problems = [(code, message, cause, suggestion, nil)]
        }

        init(_ problems: [TableProblem], of path: String) {
            self.problems = problems.map { problem in
                let line = problem.line.map { ", line \($0)," } ?? ""
                return (problem.code, "`\(path.shortened)`\(line) \(problem.message)", problem.cause, problem.suggestion, problem.line)
            }
        }
    }

    init(source: CampaignSource, options: CompileOptions) {
        self.source = source
        self.options = options
    }

    mutating func table(
        _ path: String, delimiter: Character?, at place: SourcePlace, into problems: inout InstanceFindings
    ) -> Table? {
        let key = TableKey(path: path, delimiter: delimiter)
        let result = tables[key] ?? read(path, delimiter)
        tables[key] = result
        return value(of: result, path, at: place, into: &problems)
    }

    mutating func files(
        _ pattern: String, at place: SourcePlace, into problems: inout InstanceFindings
    ) -> FanOutInputs.GlobFiles? {
        let result = patterns[pattern] ?? search(pattern)
        patterns[pattern] = result
        return value(of: result, pattern, at: place, into: &problems)
    }

    private func value<Found>(
        of result: Result<Found, Failure>, _ path: String, at place: SourcePlace, into problems: inout InstanceFindings
    ) -> Found? {
        switch result {
        case .success(let found): return found
        case .failure(let failure):
            for problem in failure.problems {
                let notes = problem.line.map { [Diagnostic.Note("the line of the file", at: self.place(line: $0, of: path))] } ?? []
                problems.add(
                    Diagnostic(
                        code: problem.code, problem.message, at: place, cause: problem.cause, suggestion: problem.suggestion, notes: notes),
                    detail: problem.message)
            }
            return nil
        }
    }

    /// A line of the file, named as the manifest is.
    private func place(line: Int, of path: String) -> SourcePlace {
        let folder = source.file.lastIndex(of: "/").map { source.file[...$0] } ?? ""
        let start = SourcePosition(line: line, column: 1, offset: 0)
        return SourcePlace(file: folder + path, start: start, end: start)
    }

    // MARK: Tables

    private func read(_ path: String, _ delimiter: Character?) -> Result<Table, Failure> {
        if let failure = Self.outside(path, key: "csv", example: "products.csv") { return .failure(failure) }
        let bytes: [UInt8]
        do {
            bytes = try options.fileContents(source.directory.appending(path: path).standardizedFileURL, options.limits.tableBytes)
        } catch {
            return .failure(Self.failure(of: error, path))
        }
        let reader = TableReader(delimiter: delimiter, maxBytes: options.limits.tableBytes, maxRows: options.limits.instances)
        let (table, problems) = reader.read(bytes)
        return table.map { .success($0) } ?? .failure(Failure(problems, of: path))
    }

    private static func failure(of error: any Error, _ path: String) -> Failure {
        switch error {
        case InputFileProblem.missing:
            Failure(
                ManifestCode.missingFile, "the file `\(path.shortened)` is not there",
                suggestion: "paths are relative to the manifest's folder")
        case InputFileProblem.outside: linkedOutside(path)
        case InputFileProblem.unreadable(let reason):
            Failure(
                ManifestCode.unreadableFile, "the file `\(path.shortened)` cannot be read: \(reason.shortened)",
                suggestion: "name a CSV file that you may read")
        default:
            Failure(
                ManifestCode.unreadableFile, "the file `\(path.shortened)` cannot be read: \("\(error)".shortened)",
                suggestion: "name a CSV file that you may read")
        }
    }

    /// What a manifest from elsewhere names must not reach files of the user's that have nothing to do with it: cells become prompts, and
    /// found files are uploaded.
    private static func outside(_ path: String, key: String, example: String) -> Failure? {
        let cause: String? =
            if path.isEmpty || path.contains("\0") {
                nil
            } else if path.hasPrefix("/") || path.hasPrefix("~") || path.wholeMatch(of: #/[A-Za-z][A-Za-z0-9+.-]*:.*/#) != nil {
                "it is no path relative to the manifest's folder"
            } else if path.split(separator: "/").contains("..") {
                "`..` leads out of the manifest's folder"
            } else {
                ""
            }
        guard let cause else {
            return Failure(ManifestCode.inputOutside, "`\(key)` names no file", suggestion: "write for example `\(key): \(example)`")
        }
        if cause.isEmpty { return nil }
        return Failure(
            ManifestCode.inputOutside, "`\(path.shortened)` is outside the manifest's folder", cause: cause,
            suggestion: "put the files into the manifest's folder or below it")
    }

    private static func linkedOutside(_ path: String) -> Failure {
        Failure(
            ManifestCode.inputOutside, "`\(path.shortened)` is outside the manifest's folder", cause: "a link leads out of it",
            suggestion: "put the files themselves into the manifest's folder or below it")
    }

    // MARK: Patterns

    private func search(_ text: String) -> Result<FanOutInputs.GlobFiles, Failure> {
        if let failure = Self.outside(text, key: "glob", example: "assets/*.png") { return .failure(failure) }
        do {
            let pattern = try GlobPattern(text)
            var search = GlobSearch(limit: options.limits.instances) { folder in
                try options.folderEntries(
                    folder.isEmpty ? source.directory : source.directory.appending(path: folder, directoryHint: .isDirectory))
            }
            let paths = try search.files(of: pattern)
            if paths.isEmpty { return .failure(Self.failure(of: search.miss, text)) }
            return .success(FanOutInputs.GlobFiles(paths: paths, labels: Self.labels(paths)))
        } catch let problem as GlobPattern.Problem {
            return .failure(
                Failure(
                    ManifestCode.badPattern, "`\(text.shortened)` is no pattern of files", cause: problem.cause,
                    suggestion: problem.suggestion))
        } catch let problem as GlobSearch.Problem {
            return .failure(Self.failure(of: problem, text))
        } catch {
            return .failure(Self.failure(of: error, text))
        }
    }

    private static func failure(of problem: GlobSearch.Problem, _ text: String) -> Failure {
        switch problem {
        case .tooMany:
            Failure(
                ManifestCode.patternTooWide, "`\(text.shortened)` looks at too many files and folders",
                suggestion: "name the folder they are in: `assets/*.png`")
        case .tooDeep(let folder):
            Failure(
                ManifestCode.patternTooWide, "`\(text.shortened)` leads too deep, to `\(folder.shortened)`",
                suggestion: "name the folder the files are in: `assets/*.png`")
        case .outside(let path): linkedOutside(path)
        case .unreadable(let folder, let reason):
            Failure(
                ManifestCode.unreadableFile,
                "the folder \(folder.isEmpty ? "of the manifest" : "`\(folder.shortened)`") cannot be read: \(reason.shortened)",
                suggestion: "name folders that you may read")
        }
    }

    private static func failure(of miss: GlobSearch.Miss?, _ text: String) -> Failure {
        let suggestion =
            switch miss {
            case .noFolder(let name, let beside):
                Suggestion.nearest(to: name, among: beside).map { "there is no folder `\(name.shortened)`; did you mean `\($0)`?" }
                    ?? "there is no folder `\(name.shortened)` beside the manifest"
            case .noFile(let folder, let files) where !files.isEmpty:
                "in \(folder.isEmpty ? "the manifest's folder" : "`\(folder.shortened)`") are for example "
                    + files.map { "`\($0.shortened)`" }.joined(separator: ", ")
            case .noFile(let folder, _): "there is no file in \(folder.isEmpty ? "the manifest's folder" : "`\(folder.shortened)`")"
            case nil: "patterns are relative to the manifest's folder"
            }
        return Failure(ManifestCode.noFileMatches, "no file fits `\(text.shortened)`", suggestion: suggestion)
    }

    private static func labels(_ paths: [String]) -> [String] {
        let folders = paths.map { $0.split(separator: "/").dropLast() }
        var common = folders.first ?? []
        for folder in folders {
            common = common.prefix(zip(common, folder).prefix { $0 == $1 }.count)
        }
        let names = paths.map { $0.split(separator: "/").dropFirst(common.count).joined(separator: "/") }
        let stems = names.map { name in
            guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
            return String(name[..<dot])
        }
        let counts = Dictionary(stems.map { ($0, 1) }, uniquingKeysWith: +)
        return zip(names, stems).map { name, stem in counts[stem] == 1 ? stem : name }
    }
}
