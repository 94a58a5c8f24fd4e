import Foundation
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What is to happen at which failpoints of one run, written `NAME=EFFECT[@N]` and separated by commas: `accepted-recorded=kill@2`.
/// Without `@N` it happens the first time. Each happens once.
package final class Failpoints: Sendable {
    package enum Effect: String, Sendable, CaseIterable {
        /// The process is gone at once, as by `kill -9`.
        case kill
        /// The run meets an error that it has no name for.
        case error
    }

    /// Nothing happens anywhere.
    package static let none = Failpoints([:])

    private struct Order {
        let effect: Effect
        /// Times it is still to be reached, this one included.
        var countdown: Int
    }

    private let orders: Mutex<[Failpoint: Order]>
    private let isEmpty: Bool

    private init(_ orders: [Failpoint: Order]) {
        isEmpty = orders.isEmpty
        self.orders = Mutex(orders)
    }

    /// - Throws: `FailpointSyntaxError` naming the first order that makes no sense.
    package convenience init(_ text: String) throws(FailpointSyntaxError) {
        var orders: [Failpoint: Order] = [:]
        for order in text.split(separator: ",") {
            guard let match = order.wholeMatch(of: #/\s*([\w-]+)=(\w+)(?:@(\d+))?\s*/#), let point = Failpoint(rawValue: String(match.1)),
                let effect = Effect(rawValue: String(match.2)), let countdown = match.3.map({ Int($0) }) ?? 1, countdown > 0
            else { throw FailpointSyntaxError(order: String(order)) }
            orders[point] = Order(effect: effect, countdown: countdown)
        }
        self.init(orders)
    }

    /// The run is at `point`. Gives what went wrong where an error is ordered here; does not return where a kill is.
    package func reach(_ point: Failpoint) -> String? {
        if isEmpty { return nil }
        let effect = orders.withLock { orders -> Effect? in
            guard var order = orders[point] else { return nil }
            order.countdown -= 1
            orders[point] = order.countdown > 0 ? order : nil
            return order.countdown > 0 ? nil : order.effect
        }
        switch effect {
        case nil: return nil
        case .error: return "failpoint `\(point.rawValue)`"
        case .kill:
            kill(getpid(), SIGKILL)
            return "failpoint `\(point.rawValue)` could not end the process"
        }
    }
}

/// An order for a failpoint that cannot be understood.
package struct FailpointSyntaxError: Error, Sendable {
    package let order: String

    package var message: String {
        "`\(order)` is no failpoint order like `\(Failpoint.acceptedRecorded.rawValue)=kill@2`; failpoints are "
            + Failpoint.allCases.map(\.rawValue).joined(separator: ", ") + "; effects are "
            + Failpoints.Effect.allCases.map(\.rawValue).joined(separator: ", ")
    }
}
