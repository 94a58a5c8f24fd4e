import Foundation
import Pipeline

/// Every planned path, to find two outputs that would be one file.
///
/// Extensions don't tell two files of a kind apart: they are corrected at run time to what the provider sends. Nor does case, or the form of
/// a letter's marks: on some file systems both are one.
struct PathRegistry {
    struct Owner {
        let instance: String
        let path: String
        let place: SourcePlace?
    }

    private struct Claim {
        let instance: String
        let path: String
        /// Into `places`.
        let place: Int32
        let kind: MediaKind
    }

    private var claims: [Claim] = []
    /// Places come in runs: those of a step are one.
    private var places: [SourcePlace?] = []
    /// Into `claims`, by kind and what all paths that could be one file have in common.
    private var stems = PositionTable()
    /// Into `claims`, by folder.
    private var folders: [String: Int] = [:]
    /// The folder of the path before, not yet among `folders` with its last claim: paths of a step mostly lie in one.
    private var current: (folder: String, claim: Int)?

    /// Takes `path`, or says whose it is already.
    mutating func take(_ path: String, kind: MediaKind, by owner: Owner) -> Owner? {
        let folded = path.folded
        let number = claims.count
        let stem = OutputPath.split(folded).stem
        let hash = Self.hash(stem, kind)
        if let other = taken(number, stem, kind, hash) { return self.owner(other) }
        if places.isEmpty || places.last != owner.place { places.append(owner.place) }
        claims.append(Claim(instance: owner.instance, path: path, place: Int32(clamping: places.count - 1), kind: kind))
        note(number, in: folded)
        return nil
    }

    private static func hash(_ stem: String, _ kind: MediaKind) -> UInt32 {
        var hasher = Hasher()
        hasher.combine(stem)
        hasher.combine(kind)
        return UInt32(truncatingIfNeeded: hasher.finalize())
    }

    /// The claim of the same file; nil where there is none, and `number` is its claim from now on.
    private mutating func taken(_ number: Int, _ stem: String, _ kind: MediaKind, _ hash: UInt32) -> Int? {
        let claims = claims
        return stems.take(number, hash: hash) {
            claims[$0].kind == kind && OutputPath.split(claims[$0].path.folded).stem == stem
        }
    }

    private mutating func note(_ number: Int, in folded: String) {
        guard let slash = folded.utf8.lastIndex(of: UInt8(ascii: "/")) else { return }
        if let current, current.folder == folded[..<slash] {
            self.current?.claim = number
            return
        }
        if let current { folders[current.folder] = current.claim }
        var folder = folded[..<slash]
        current = (String(folder), number)
        while folders.updateValue(number, forKey: String(folder)) == nil, let slash = folder.utf8.lastIndex(of: UInt8(ascii: "/")) {
            folder = folder[..<slash]
        }
    }

    private func owner(_ claim: Int) -> Owner {
        let claim = claims[claim]
        return Owner(instance: claim.instance, path: claim.path, place: places[Int(claim.place)])
    }

    /// Paths that others need as a folder.
    var filesThatAreFolders: [(file: Owner, inside: Owner)] {
        var folders = folders
        if let current { folders[current.folder] = current.claim }
        return folders.flatMap { folder, inside in
            [MediaKind.image, .video].compactMap { kind in file(folder, kind).map { (owner($0), owner(inside)) } }
        }.sorted { $0.file.path < $1.file.path }
    }

    /// The claim of a file with exactly this path, folded.
    private func file(_ folded: String, _ kind: MediaKind) -> Int? {
        let stem = OutputPath.split(folded).stem
        return stems.find(hash: Self.hash(stem, kind)) { claims[$0].kind == kind && claims[$0].path.folded == folded }
    }
}

extension String {
    /// The same for all texts that some file system takes for one name.
    fileprivate var folded: String {
        var isASCII = true
        var hasCapitals = false
        for byte in utf8 {
            if byte >= 0x80 { isASCII = false }
            if (0x41...0x5A).contains(byte) { hasCapitals = true }
        }
        if isASCII { return hasCapitals ? lowercased() : self }
        return precomposedStringWithCanonicalMapping.lowercased()
    }
}
