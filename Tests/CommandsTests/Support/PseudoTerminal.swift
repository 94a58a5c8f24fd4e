import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A terminal of 100 × 30 characters with nobody before it: what the program shows there is read from `outside`.
final class PseudoTerminal: @unchecked Sendable {
    // @unchecked Sendable because both handles are only read from or written to; the inside is closed by the one who starts the program.
    struct Unavailable: Error {}

    /// What the program holds.
    let inside: FileHandle
    /// What the test holds.
    let outside: FileHandle

    /// The system names terminals in one place for all threads.
    private static let naming = NSLock()

    init() throws {
        let (device, terminal) = try Self.naming.withLock { try Self.open() }
        inside = FileHandle(fileDescriptor: terminal, closeOnDealloc: false)
        outside = FileHandle(fileDescriptor: device, closeOnDealloc: true)
    }

    private static func open() throws -> (device: Int32, terminal: Int32) {
        let (device, name) = try device()
        let terminal = systemOpen(name, O_RDWR | O_NOCTTY)
        guard terminal >= 0 else { throw Unavailable() }
        var size = winsize(ws_row: 30, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0)
        guard ioctl(terminal, UInt(TIOCSWINSZ), &size) == 0 else { throw Unavailable() }
        for descriptor in [device, terminal] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        return (device, terminal)
    }

    #if canImport(Darwin)
    private static func device() throws -> (Int32, String) {
        let device = posix_openpt(O_RDWR | O_NOCTTY)
        guard device >= 0, grantpt(device) == 0, unlockpt(device) == 0, let name = ptsname(device) else { throw Unavailable() }
        return (device, String(cString: name))
    }
    #else
    /// What `posix_openpt`, `unlockpt` and `ptsname` do (pty(7), ioctl_tty(2)), which Swift's module of the C library leaves out.
    private static func device() throws -> (Int32, String) {
        let (numberOf, unlock): (UInt, UInt) = (0x8004_5430, 0x4004_5431)
        let device = systemOpen("/dev/ptmx", O_RDWR | O_NOCTTY)
        var number: Int32 = -1
        var locked: Int32 = 0
        guard device >= 0, ioctl(device, unlock, &locked) == 0, ioctl(device, numberOf, &number) == 0 else { throw Unavailable() }
        return (device, "/dev/pts/\(number)")
    }
    #endif

    /// The program has its own hold by now; without ours the terminal ends with it.
    func closeInside() { try? inside.close() }

    func type(_ line: String) { try? outside.write(contentsOf: Data((line + "\n").utf8)) }
}

/// The system's, where a method has the same name.
private func systemOpen(_ path: UnsafePointer<CChar>, _ flags: Int32) -> Int32 { open(path, flags) }
