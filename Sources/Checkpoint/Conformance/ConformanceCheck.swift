/// One promise that every form of a store keeps, as something that can be tried on any of them.
///
/// `Place` opens stores on one memory. A form's tests run all checks of a suite, each on a place of its own.
package struct ConformanceCheck<Place>: Sendable, CustomStringConvertible {
    /// What is promised, in a sentence.
    package let name: String
    private let body: @Sendable (Place) throws -> Void

    init(_ name: String, _ body: @escaping @Sendable (Place) throws -> Void) {
        self.name = name
        self.body = body
    }

    package var description: String { name }

    /// - Throws: `ConformanceFailure` where the promise is broken, or what the store threw where it should not have.
    package func run(on place: Place) throws { try body(place) }
}

/// How a store broke a promise.
package struct ConformanceFailure: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// Fails the check where `found` is not `wanted`.
func expect<Value: Equatable>(_ found: Value, is wanted: Value, _ what: @autoclosure () -> String) throws {
    if found != wanted { throw ConformanceFailure("\(what()): \(found) instead of \(wanted)") }
}

/// Fails the check where `condition` does not hold.
func expect(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    if !condition { throw ConformanceFailure(what()) }
}

/// Fails the check unless `body` throws `.contradiction`.
func expectContradiction(_ what: @autoclosure () -> String, _ body: () throws -> Void) throws {
    do { try body() } catch CheckpointError.contradiction { return }
    throw ConformanceFailure("\(what()): no contradiction was found")
}
