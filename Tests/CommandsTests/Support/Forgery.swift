// Both name the C library's `stat`: which of them counts as its home depends on what else is built.
import Dispatch
import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A change that leaves no trace in size, time and inode.
enum Forgery {
    static func changeLastByte(of file: URL) throws {
        var before = stat()
        guard stat(file.path, &before) == 0 else { throw CocoaError(.fileReadNoSuchFile) }
        let handle = try FileHandle(forUpdating: file)
        let end = try handle.seekToEnd()
        try handle.seek(toOffset: end - 1)
        let last = try handle.read(upToCount: 1) ?? Data([0])
        try handle.seek(toOffset: end - 1)
        try handle.write(contentsOf: Data(last.map { $0 ^ 1 }))
        try handle.close()
        #if canImport(Darwin)
        var times = [before.st_atimespec, before.st_mtimespec]
        #else
        var times = [before.st_atim, before.st_mtim]
        #endif
        guard utimensat(AT_FDCWD, file.path, &times, 0) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}
