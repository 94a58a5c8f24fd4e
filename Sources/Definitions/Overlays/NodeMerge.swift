import YAML

extension Node {
    /// Keys of a request that exclude each other: laying one over removes the others.
    private static let alternatives: [Set<String>] = [["get", "post", "put"], ["json", "form", "bytes"]]

    /// This with `overlay` laid over it: mappings key by key, null removes a key, anything else replaces. What comes from the overlay keeps
    /// its places, so a problem with it is shown where it was written.
    func merged(with overlay: Node) -> Node {
        guard case .mapping(var entries) = content, case .mapping(let changes) = overlay.content else { return overlay }
        for change in changes {
            for group in Self.alternatives where group.contains(change.name) {
                entries.removeAll { group.contains($0.name) && $0.name != change.name }
            }
            let position = entries.firstIndex { $0.name == change.name }
            if change.value.isNull {
                if let position { entries.remove(at: position) }
            } else if let position {
                entries[position] = Entry(key: entries[position].key, value: entries[position].value.merged(with: change.value))
            } else {
                entries.append(change)
            }
        }
        return Node(place: place, content: .mapping(entries))
    }

    /// This mapping without some keys; anything else as it is.
    func without(_ names: Set<String>) -> Node {
        guard case .mapping(let entries) = content else { return self }
        return Node(place: place, content: .mapping(entries.filter { !names.contains($0.name) }))
    }
}
