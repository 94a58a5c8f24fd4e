package import Pipeline

/// When a rule applies: all its tests hold. Without tests: always.
package struct Condition: Hashable, Sendable {
    package enum Subject: Hashable, Sendable {
        /// The operation (`uses`).
        case operation
        /// The kind of output (`makes`).
        case makes
        /// A parameter's value by name, as sent; also `webhook`.
        case parameter(String)
        /// The reply's HTTP status.
        case httpStatus
        /// What the request was for.
        case call
        /// A place in the reply's body.
        case body(JSONPointer)
    }

    package enum Expectation: Hashable, Sendable {
        case present
        case absent
        case oneOf([Value])
        /// Only of `.httpStatus`: any of these ranges.
        case status([ClosedRange<Int>])
    }

    package struct Test: Hashable, Sendable {
        package let subject: Subject
        package let expectation: Expectation

        package init(subject: Subject, expectation: Expectation) {
            self.subject = subject
            self.expectation = expectation
        }
    }

    package let tests: [Test]

    package init(tests: [Test]) { self.tests = tests }

    /// Whether every test holds.
    ///
    /// - Parameter value: what the subject is in the case at hand; nil is absent. A status is an integer.
    package func holds(_ value: (Subject) -> Value?) -> Bool {
        tests.allSatisfy { test in
            let actual = value(test.subject)
            switch test.expectation {
            case .present: return actual != nil && actual != .null
            case .absent: return actual == nil || actual == .null
            case .oneOf(let values): return actual.map(values.contains) ?? false
            case .status(let ranges):
                guard let status = actual?.int else { return false }
                return ranges.contains { $0.contains(status) }
            }
        }
    }
}
