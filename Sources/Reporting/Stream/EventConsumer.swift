package import Pipeline
import Synchronization

/// Something that is told every event of a run, in order, each once.
package protocol EventConsumer: Sendable {
    /// Takes one event. Returns quickly; never waits for a network or a person.
    ///
    /// - Throws: where the event could not be passed on. The consumer is not called again then.
    func consume(_ event: RunEvent) throws(ReportingError)
}

/// Why something that a run reports could not be delivered.
package enum ReportingError: Error, Hashable, Sendable {
    /// `path` is a file, or `-` for standard output; `reason` is the system's.
    case cannotWrite(path: String, reason: String)

    /// For people: what happened and what to do next.
    package var message: String {
        switch self {
        case .cannotWrite(let path, let reason):
            let place = path == "-" ? "standard output" : Printable.line(path)
            return """
                \(place) could not be written (\(Printable.line(reason))): make sure that the folder exists, may be written to and has space
                """
        }
    }
}

/// Hands every event to several consumers. One that fails is left out from then on and reported once; the others go on.
package final class EventFanOut: EventConsumer {
    private let consumers: Mutex<[any EventConsumer]>
    private let onFailure: @Sendable (ReportingError) -> Void

    /// - Parameter onFailure: called once for each consumer that failed, on the task that delivered the event.
    package init(_ consumers: [any EventConsumer], onFailure: @escaping @Sendable (ReportingError) -> Void) {
        self.consumers = Mutex(consumers)
        self.onFailure = onFailure
    }

    /// Never throws: failures go to `onFailure`.
    package func consume(_ event: RunEvent) {
        let failures = consumers.withLock { consumers in
            var failures: [ReportingError] = []
            var working: [any EventConsumer] = []
            for consumer in consumers {
                do throws(ReportingError) {
                    try consumer.consume(event)
                    working.append(consumer)
                } catch {
                    failures.append(error)
                }
            }
            consumers = working
            return failures
        }
        for failure in failures { onFailure(failure) }
    }
}
