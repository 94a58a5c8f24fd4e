package import Pipeline

/// A JSON pointer (RFC 6901) with two additions: `*` stands for every element, and a segment may be a placeholder (`/outputs/*/{format}`).
package struct JSONPointer: Hashable, Sendable, CustomStringConvertible {
    package enum Segment: Hashable, Sendable {
        /// A key, or an index from 0.
        case key(String)
        case every
        case placeholder(Placeholder)
    }

    /// Empty: the whole value.
    package let segments: [Segment]

    package init(segments: [Segment]) { self.segments = segments }

    /// Reads `""`, `/a/0/*`, `~0` and `~1` unescaped; nil where it does not start with `/` or a segment is empty.
    package init?(_ text: String) {
        if text.isEmpty {
            segments = []
            return
        }
        guard text.hasPrefix("/") else { return nil }
        var segments: [Segment] = []
        for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            guard !part.isEmpty else { return nil }
            if part == "*" {
                segments.append(.every)
            } else if case .placeholder(let placeholder)? = TemplateText.parse(String(part))?.pieces.first, part.hasPrefix("{"),
                part.hasSuffix("}")
            {
                segments.append(.placeholder(placeholder))
            } else {
                segments.append(.key(String(part).replacing("~1", with: "/").replacing("~0", with: "~")))
            }
        }
        self.segments = segments
    }

    package var placeholders: [Placeholder] {
        segments.compactMap { if case .placeholder(let placeholder) = $0 { placeholder } else { nil } }
    }

    package var description: String {
        segments.map {
            switch $0 {
            case .key(let key): "/" + key.replacing("~", with: "~0").replacing("/", with: "~1")
            case .every: "/*"
            case .placeholder(let placeholder): "/\(placeholder)"
            }
        }.joined()
    }

    /// Every value it points at within `root`, in order; nulls are nothing.
    ///
    /// - Parameter fill: the text of a placeholder segment; nil points at nothing.
    package func values(in root: Value, fill: (Placeholder) -> String? = { _ in nil }) -> [Value] {
        var found = [root]
        for segment in segments {
            switch segment {
            case .key(let key): found = found.compactMap { Self.child(key, of: $0) }
            case .every: found = found.flatMap { $0.list ?? [] }
            case .placeholder(let placeholder):
                guard let key = fill(placeholder) else { return [] }
                found = found.compactMap { Self.child(key, of: $0) }
            }
        }
        return found.filter { $0 != .null }
    }

    /// The first value it points at, or nil.
    package func first(in root: Value) -> Value? { values(in: root).first }

    private static func child(_ key: String, of value: Value) -> Value? {
        switch value {
        case .map(let map): return map[key]
        case .list(let list):
            guard let index = Int(key), list.indices.contains(index) else { return nil }
            return list[index]
        default: return nil
        }
    }
}

extension [JSONPointer] {
    /// The first value that any of them, tried in order, points at.
    package func first(in root: Value) -> Value? {
        for pointer in self { if let value = pointer.first(in: root) { return value } }
        return nil
    }
}
