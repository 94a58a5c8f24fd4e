import Checkpoint
import Foundation
import Pipeline
import Runner

/// Time as a test wants it; a debug build alone obeys. What is real stays real: processes, files, requests.
enum TestTime {
    /// `FLOWBATCH_SPEED=600`: the provider's time passes so much faster than life in a run against a real address, as in the sandbox.
    static func speed(_ environment: [String: String]) -> Double? {
        #if DEBUG
        environment["FLOWBATCH_SPEED"].flatMap(Double.init).flatMap { $0.isFinite && $0 > 0 ? $0 : nil }
        #else
        nil
        #endif
    }

    /// `FLOWBATCH_CLOCK=-3600`: the wall clock is set so many seconds off for this run.
    static func clock(_ environment: [String: String]) -> SystemRunClock {
        #if DEBUG
        SystemRunClock(setOffBy: .seconds(environment["FLOWBATCH_CLOCK"].flatMap(Int64.init) ?? 0))
        #else
        SystemRunClock()
        #endif
    }

    /// `FLOWBATCH_BOOT=NAME`: the machine was started anew since a run with another name.
    static func host(_ clock: any RunClock, _ environment: [String: String]) -> HostTime {
        #if DEBUG
        MachineTime.read(clock, boot: environment["FLOWBATCH_BOOT"])
        #else
        MachineTime.read(clock)
        #endif
    }
}
