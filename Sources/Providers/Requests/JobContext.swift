import Definitions
import Foundation
import Pipeline

/// What of a submission and its reply is kept for later requests about the job, in `AcceptedJob.context`.
///
/// Plain names are placeholders; names with a dot in front are the engine's own, which no placeholder can have.
enum JobContext {
    static let protocolName = ".protocol"
    static func replyURL(_ call: CallKind) -> String { ".url.\(call.rawValue)" }
    static func output(_ index: Int) -> String { ".output.\(index)" }

    /// The scope of a later request about a job.
    static func scope(of job: AcceptedJob, manySegments: Set<String>) -> TemplateScope {
        var scope = TemplateScope(job.context.mapValues(Value.text), manySegments: manySegments)
        scope["job"] = .text(job.remoteID)
        return scope
    }

    /// Every placeholder that requests about a job of this protocol have.
    static func placeholders(of life: JobProtocol) -> [Placeholder] {
        let requests = [life.poll?.request, life.result?.request, life.cancel?.request].compactMap { $0 }
        let outputs = life.outputs.values.flatMap(\.self).flatMap(\.placeholders)
        return requests.flatMap(\.placeholders) + outputs
    }

    /// The path of a URL that a reply gave, where it may be used: on our own host whatever host it names, and only where it is about `id`.
    static func path(of url: String, about id: String) -> String? {
        guard let path = URLComponents(string: url)?.percentEncodedPath, path.hasPrefix("/") else { return nil }
        let segments = path.split(separator: "/")
        guard let encoded = try? PathEncoding.segment(id), segments.contains(Substring(encoded)),
            segments.allSatisfy({ $0 != "." && $0 != ".." })
        else { return nil }
        return path
    }
}
