/// The diagnostic codes of YAML texts: FB10xx. A code is never given another meaning.
package enum YAMLCode {
    /// The text breaks YAML's syntax.
    package static let syntax = "FB1001"
    /// A key stands twice in one mapping.
    package static let duplicateKey = "FB1002"
    /// A key is a list or a mapping.
    package static let keyNotScalar = "FB1003"
    /// An explicit tag (`!x`, `!!str`).
    package static let tag = "FB1004"
    /// A merge key (`<<`).
    package static let mergeKey = "FB1005"
    /// More than one document in the file.
    package static let severalDocuments = "FB1006"
    /// A tab where only spaces may indent.
    package static let tab = "FB1007"
    /// Bytes that are not UTF-8.
    package static let notUTF8 = "FB1008"
    /// A byte order mark of another encoding, or one inside the text.
    package static let byteOrderMark = "FB1009"
    /// NUL or another control character.
    package static let controlCharacter = "FB1010"
    /// Aliases stand for more nodes than allowed.
    package static let aliasExpansion = "FB1011"
    /// An alias inside the node that its anchor names.
    package static let recursiveAlias = "FB1012"
    /// An alias without an anchor before it.
    package static let unknownAlias = "FB1013"
    /// Collections nested too deep.
    package static let tooDeep = "FB1014"
    /// The file is too large, or has too many nodes.
    package static let tooLarge = "FB1015"
    /// A number that cannot be kept exactly, or none at all (`.inf`, `.nan`).
    package static let number = "FB1016"
    /// Nothing in the file but space and comments.
    package static let empty = "FB1017"
}
