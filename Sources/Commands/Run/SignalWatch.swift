@preconcurrency import Dispatch
import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// SIGINT and SIGTERM: the first asks for an orderly end, the second ends the process at once.
///
/// The handlers write a byte to a pipe, which is all that a handler may do safely (POSIX, async-signal-safe functions); what it means is decided
/// on a queue.
final class SignalWatch: Sendable {
    /// What a process ended by a second signal exits with: interrupted, resume.
    private static let interrupted: Int32 = 6

    private let source: any DispatchSourceRead
    private let first: FirstSignal

    /// - Parameter onFirst: called once, on the first signal.
    init(onFirst: @escaping @Sendable () -> Void) {
        let reading = SignalPipe.open()
        let count = Mutex(0)
        let first = FirstSignal(onFirst)
        self.first = first
        source = DispatchSource.makeReadSource(fileDescriptor: reading, queue: DispatchQueue(label: "flowbatch.signals"))
        source.setEventHandler {
            var bytes = [UInt8](repeating: 0, count: 16)
            let signals = max(0, read(reading, &bytes, bytes.count))
            let before = count.withLock { total in
                defer { total += signals }
                return total
            }
            if before == 0, signals > 0 { first.action.withLock(\.self)() }
            if before + signals > 1 { _exit(Self.interrupted) }
        }
        source.resume()
    }

    /// A watch for the time in which nothing was sent: the first signal ends the process.
    static func beforeAnythingWasSent() -> SignalWatch {
        SignalWatch {
            Console.standard.error("Interrupted before anything was sent; nothing was spent.")
            _exit(interrupted)
        }
    }

    /// From now on the first signal calls `action` instead.
    func redirect(to action: @escaping @Sendable () -> Void) { first.action.withLock { $0 = action } }

    /// Signals end the process again as they do by default.
    func stop() {
        source.cancel()
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
    }
}

/// What the first signal does.
private final class FirstSignal: Sendable {
    let action: Mutex<@Sendable () -> Void>

    init(_ action: @escaping @Sendable () -> Void) { self.action = Mutex(action) }
}

/// The pipe between the handlers and the queue: one a process, as signals are.
private enum SignalPipe {
    // Written once before the handlers are set, and only read by them.
    nonisolated(unsafe) private static var writing: Int32 = -1

    /// The end to read from, with the handlers in place; -1 where the system has no pipe left.
    static func open() -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return -1 }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        writing = ends[1]
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in
                var byte: UInt8 = 1
                _ = write(SignalPipe.writing, &byte, 1)
            }
        }
        return ends[0]
    }
}
