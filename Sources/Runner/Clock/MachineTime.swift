package import Checkpoint
import Foundation
import Pipeline

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The machine's time that nobody can set, and the name of its boot.
package enum MachineTime {
    /// Both, and the process's time of the same moment.
    ///
    /// - Parameter boot: the boot's name, where it is not the machine's: for tests.
    package static func read(_ clock: any RunClock, boot: String? = nil) -> HostTime {
        var time = HostTime(boot: nil, uptime: .zero, wall: clock.now())
        // Between the two readings a process may be put aside: the first pair that was read in one go counts.
        for _ in 0..<20 {
            let before = uptime()
            let wall = clock.now()
            time = HostTime(boot: boot ?? self.boot, uptime: before, wall: wall)
            if uptime() - before <= .milliseconds(1) { break }
        }
        return time
    }

    #if canImport(Darwin)
    /// The clock of `ContinuousClock`, by which a run goes.
    private static let clock = CLOCK_MONOTONIC_RAW

    private static let boot: String? = {
        var bytes = [UInt8](repeating: 0, count: 64)
        var count = bytes.count
        guard sysctlbyname("kern.bootsessionuuid", &bytes, &count, nil, 0) == 0 else { return nil }
        return name(bytes.prefix(count))
    }()
    #else
    /// The clock of `ContinuousClock`, by which a run goes.
    private static let clock = CLOCK_BOOTTIME

    private static let boot: String? = {
        guard let file = FileHandle(forReadingAtPath: "/proc/sys/kernel/random/boot_id"), let bytes = try? file.read(upToCount: 64)
        else { return nil }
        return name(bytes)
    }()
    #endif

    private static func uptime() -> Duration {
        var time = timespec()
        guard clock_gettime(clock, &time) == 0 else { return .zero }
        return .milliseconds(Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Nil where the system's answer is none.
    private static func name(_ bytes: some Sequence<UInt8>) -> String? {
        let text = String(decoding: bytes.prefix { $0 > 0x20 && $0 < 0x7F }, as: UTF8.self)
        return text.isEmpty ? nil : text
    }
}
