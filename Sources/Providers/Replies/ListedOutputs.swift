import Definitions
import Pipeline

extension JobProtocol {
    /// The outputs that a reply lists, in order, as URLs or as `data:` URIs: those of the first source that gives any.
    func listedOutputs(in json: Value, _ kind: MediaKind, _ scope: TemplateScope) -> [String] {
        for source in outputs[kind] ?? [] {
            let found: [String]
            switch source {
            case .request: continue
            case .url(let pointer): found = pointer.values(in: json) { scope.value($0)?.inlineText }.compactMap(\.text)
            case .base64(let pointer):
                found = pointer.values(in: json) { scope.value($0)?.inlineText }.compactMap(\.text).map { "data:;base64," + $0 }
            }
            if !found.isEmpty { return found }
        }
        return []
    }
}
