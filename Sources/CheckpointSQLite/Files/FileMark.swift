import Checkpoint
// As Glibc, it names the C library's `stat`: which of the two counts as its home depends on what else is built.
import Dispatch
import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What a look at a regular file shows of it. Two looks that show the same saw the same file: whoever writes to it, or gives it other times,
/// moves the time of its last change, which no program sets.
package struct FileMark: Hashable, Sendable, Codable {
    package let bytes: Int64
    package let modifiedNanoseconds: Int64
    /// When its content, its times or its names last changed, in nanoseconds since 1970.
    package let changedNanoseconds: Int64
    package let inode: UInt64

    /// The file at `path`, or the one that a link there leads to; nil where there is no regular file.
    package static func of(_ path: String) -> FileMark? {
        var info = stat()
        guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
        #if canImport(Darwin)
        let (modified, changed) = (info.st_mtimespec, info.st_ctimespec)
        #else
        let (modified, changed) = (info.st_mtim, info.st_ctim)
        #endif
        return FileMark(
            bytes: Int64(info.st_size), modifiedNanoseconds: nanoseconds(modified), changedNanoseconds: nanoseconds(changed),
            inode: UInt64(info.st_ino))
    }

    /// Which module `timespec`'s members belong to depends on what the compiler met first, so its two words are read as such.
    private static func nanoseconds(_ time: timespec) -> Int64 {
        withUnsafeBytes(of: time) { words in
            Int64(words.load(as: Int.self)) &* 1_000_000_000 &+ Int64(words.load(fromByteOffset: MemoryLayout<Int>.size, as: Int.self))
        }
    }
}
