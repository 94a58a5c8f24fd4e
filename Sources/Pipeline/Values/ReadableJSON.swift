extension Value {
    /// JSON for people, indented by two spaces, keys sorted, ending without a line break.
    package var readableJSON: String { readableJSON(indent: "") }

    private func readableJSON(indent: String) -> String {
        let deeper = indent + "  "
        switch self {
        case .list(let list) where list.contains(where: \.isCollection):
            return "[\n" + list.map { deeper + $0.readableJSON(indent: deeper) }.joined(separator: ",\n") + "\n\(indent)]"
        case .list(let list):
            return "[" + list.map(\.canonicalJSON).joined(separator: ", ") + "]"
        case .map(let map) where !map.isEmpty:
            let members = map.sorted { $0.key < $1.key }.map { key, value in
                deeper + Value.text(key).canonicalJSON + ": " + value.readableJSON(indent: deeper)
            }
            return "{\n" + members.joined(separator: ",\n") + "\n\(indent)}"
        default:
            return canonicalJSON
        }
    }

    private var isCollection: Bool {
        switch self {
        case .list, .map: true
        default: false
        }
    }
}
