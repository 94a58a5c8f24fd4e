import Foundation
import Pipeline

/// Turns evaluated parameters into arguments: where a picture is expected, texts are local paths or URLs.
struct MediaArguments {
    /// Parameters whose texts name pictures.
    static let parameters: Set<String> = ["file", "image", "images", "references", "mask"]

    /// What a problem leaves in the place of a picture, so that the rest of the step is checked all the same. Never in a plan.
    static let placeholder = LocalFile(path: "", sha256: "", bytes: 1, mediaType: "image/png")

    private let directory: URL
    private let digest: (URL) throws -> LocalFile
    private var files: [String: Result<LocalFile, InputFileProblem>] = [:]
    private var contents: [String: LocalFile] = [:]

    init(directory: URL, digest: @escaping (URL) throws -> LocalFile) {
        self.directory = directory
        self.digest = digest
    }

    /// The argument for an evaluated parameter; nil where it has no value, or none that is known.
    mutating func argument(
        _ value: Evaluated, for name: String, template: ValueTemplate?, at place: SourcePlace, into problems: inout InstanceFindings
    ) -> Argument? {
        let takesMedia = Self.parameters.contains(name)
        switch value {
        case .unknown: return takesMedia ? .media(.file(Self.placeholder)) : nil
        case .value(.null): return nil
        case .media(let item):
            if takesMedia, item.kind != .image {
                problems.add(
                    Diagnostic(
                        code: ManifestCode.wrongMediaKind, "`\(name)` takes a picture, this is a clip", at: place,
                        suggestion: "take the pictures that the clip was made from"))
            }
            return .media(item.source)
        case .value(let plain) where !takesMedia: return .value(plain)
        case .value(.text(let text)): return .media(source(text, for: name, at: place, into: &problems))
        case .value(.list), .list: break
        case .value(let other):
            problems.add(
                Diagnostic(
                    code: ManifestCode.notMedia, "`\(name)` takes a picture, this is \(other.typeName)", at: place,
                    suggestion: "write a local path, an `https` URL or `${{ steps.NAME.image }}`"))
            return .media(.file(Self.placeholder))
        }
        let templates: [ValueTemplate]? = if case .list(let elements, _) = template { elements } else { nil }
        var arguments: [Argument] = []
        for (position, element) in (value.elements ?? []).enumerated() {
            let own = templates.flatMap { $0.indices.contains(position) ? $0[position] : nil }
            guard let argument = argument(element, for: name, template: own, at: own?.place ?? place, into: &problems) else { continue }
            arguments.append(argument)
        }
        return .list(arguments)
    }

    private mutating func source(
        _ text: String, for name: String, at place: SourcePlace, into problems: inout InstanceFindings
    ) -> MediaSource {
        if text.hasPrefix("https://") { return .url(text) }
        if let scheme = text.prefixMatch(of: #/(?<name>[A-Za-z][A-Za-z0-9+.-]+):(?:\/\/|[A-Za-z]+\/)/#) {
            problems.add(
                Diagnostic(
                    code: ManifestCode.insecureURL, "`\(scheme.name)` URLs are not taken", at: place,
                    cause: "providers fetch pictures over `https`",
                    suggestion: "use an `https` URL, or a local path"))
            return .file(Self.placeholder)
        }
        if text.isEmpty || text.contains("\0") {
            problems.add(
                Diagnostic(
                    code: ManifestCode.notMedia, "`\(name)` names no file", at: place,
                    suggestion: "write a local path, an `https` URL or `${{ steps.NAME.image }}`"))
            return .file(Self.placeholder)
        }
        switch file(text) {
        case .success(let file): return .file(file)
        case .failure(let problem):
            problems.add(Self.diagnostic(of: problem, text, at: place), detail: text)
            return .file(Self.placeholder)
        }
    }

    /// Files of one content are one file: they are uploaded once and are one input.
    private mutating func file(_ text: String) -> Result<LocalFile, InputFileProblem> {
        if let known = files[text] { return known }
        var result: Result<LocalFile, InputFileProblem>
        do {
            let url = text.hasPrefix("/") ? URL(filePath: text) : directory.appending(path: text)
            let file = try digest(url.standardizedFileURL)
            let first = contents[file.sha256 + file.mediaType] ?? file
            contents[file.sha256 + file.mediaType] = first
            result = .success(first)
        } catch let problem as InputFileProblem {
            result = .failure(problem)
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile {
            result = .failure(.missing)
        } catch {
            result = .failure(.unreadable("\(error)"))
        }
        files[text] = result
        return result
    }

    private static func diagnostic(of problem: InputFileProblem, _ text: String, at place: SourcePlace) -> Diagnostic {
        switch problem {
        case .missing:
            Diagnostic(
                code: ManifestCode.missingFile, "the file `\(text.shortened)` is not there", at: place,
                suggestion: "paths are relative to the manifest's folder")
        case .outside:
            Diagnostic(
                code: ManifestCode.inputOutside, "the file `\(text.shortened)` is outside the manifest's folder", at: place,
                suggestion: "put it into the manifest's folder or below it")
        case .unreadable(let reason):
            Diagnostic(
                code: ManifestCode.unreadableFile, "the file `\(text.shortened)` cannot be read: \(reason.shortened)", at: place,
                suggestion: reason == "it is a folder" ? "name a file in it, or fan out with `glob`" : "name a picture that you may read")
        }
    }
}
