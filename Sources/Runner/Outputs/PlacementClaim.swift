package import Checkpoint
import Foundation
package import Pipeline

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A note beside a download that says whose result it becomes, written before the result gets its name. A run that is killed between the name
/// and the record would otherwise leave a file that was paid for and belongs to nobody.
package struct PlacementClaim: Sendable, Codable {
    /// The instance's identity in hexadecimal.
    private let instance: String
    /// Position among the instance's outputs, from 0.
    package let output: Int
    package let artifact: Artifact

    package init(_ identity: Identity, output: Int, artifact: Artifact) {
        instance = identity.hex
        self.output = output
        self.artifact = artifact
    }

    package var identity: Identity? { Identity(hex: instance) }
}

extension OutputFolder {
    /// The largest claim that is read, in bytes.
    private static let largestClaim = 64 << 10
    private static let suffix = ".claim"

    /// Notes whose result `part` becomes. Without the note a kill costs a second download at most, so a disk that refuses it is not told here:
    /// it refuses the result next.
    func claim(_ part: String, as claim: PlacementClaim) {
        guard let data = try? JSONEncoder().encode(claim) else { return }
        try? data.write(to: self.part(part + Self.suffix))
    }

    /// Takes away a download's own name, and its note.
    func discard(part name: String) {
        unlink(part(name).path)
        unlink(part(name + Self.suffix).path)
    }

    /// Results that a killed run put in place without recording them: those whose download still has the same inode.
    package func claims() -> [(claim: PlacementClaim, record: ArtifactRecord)] {
        leftParts().compactMap { part in
            guard part.lastPathComponent.hasSuffix(Self.suffix), let handle = try? FileHandle(forReadingFrom: part),
                let data = try? handle.read(upToCount: Self.largestClaim),
                let claim = try? JSONDecoder().decode(PlacementClaim.self, from: data), claim.output >= 0,
                Self.isConfined(claim.artifact.path), let inode = inode(of: claim.artifact.path),
                inode == self.inode(ofPart: String(part.lastPathComponent.dropLast(Self.suffix.count)))
            else { return nil }
            return recorded(claim.artifact).map { (claim, $0) }
        }
    }

    private static func isConfined(_ path: String) -> Bool {
        !path.isEmpty && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !["", ".", ".."].contains($0) }
    }
}
