package import Foundation

/// What is free where a folder is, or will be. Given from outside, so that a full disk can be tested without one.
package struct FreeSpace: Sendable {
    package struct Volume: Sendable, Hashable {
        /// The same for all folders of one file system.
        package let id: Int
        /// Bytes that the user may still write.
        package let free: Int

        package init(id: Int, free: Int) {
            self.id = id
            self.free = free
        }
    }

    private let look: @Sendable (URL) -> Volume?

    package init(look: @escaping @Sendable (URL) -> Volume?) { self.look = look }

    /// The file system of `folder`, which need not exist yet; nil where the system does not say.
    package func volume(of folder: URL) -> Volume? {
        var place = folder.standardizedFileURL
        while true {
            if let volume = look(place) { return volume }
            let parent = place.deletingLastPathComponent().standardizedFileURL
            if parent.path == place.path { return nil }
            place = parent
        }
    }

    /// This machine's.
    package static let system = FreeSpace { url in
        guard let attributes = try? FileManager.default.attributesOfFileSystem(forPath: url.path),
            let free = attributes[.systemFreeSize] as? NSNumber, let number = attributes[.systemNumber] as? NSNumber
        else { return nil }
        return Volume(id: number.intValue, free: max(0, free.intValue))
    }
}
