/// A key or token that prints as `<REDACTED>` wherever it is interpolated, dumped or reflected.
///
/// Only `expose()` gives the text, so every place a key is used can be found by that name.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    package init(_ text: String) { self.text = text }

    /// The secret itself, for the one header it belongs in.
    package func expose() -> String { text }

    package var isEmpty: Bool { text.isEmpty }
    package var description: String { "<REDACTED>" }
    package var debugDescription: String { "<REDACTED>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
