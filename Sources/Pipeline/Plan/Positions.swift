/// Positions in a plan, in order: of what an instance takes, waits for, or has to have at its provider.
///
/// Most instances have none or one, so that one is kept in place of a list of its own: a large plan would hold three lists an instance.
package struct Positions: Hashable, Sendable {
    private enum Form: Hashable, Sendable {
        case none
        case one(Int32)
        /// At least two.
        case many([Int32])
    }

    private let form: Form

    /// - Parameter positions: each up to two billion, which is more than a plan has.
    package init(_ positions: some Collection<Int>) {
        switch positions.count {
        case 0: form = .none
        case 1: form = positions.first.map { .one(Int32(clamping: $0)) } ?? .none
        default: form = .many(positions.map { Int32(clamping: $0) })
        }
    }
}

extension Positions: RandomAccessCollection {
    package var startIndex: Int { 0 }

    package var endIndex: Int {
        switch form {
        case .none: 0
        case .one: 1
        case .many(let positions): positions.count
        }
    }

    package subscript(index: Int) -> Int {
        switch form {
        case .one(let position): Int(position)
        case .many(let positions): Int(positions[index])
        // There is no index to ask with; an array says so.
        case .none: [][index]
        }
    }
}

extension Positions {
    package static func + (a: Positions, b: Positions) -> [Int] { Array(a) + Array(b) }
}

extension Positions: ExpressibleByArrayLiteral {
    package init(arrayLiteral positions: Int...) { self.init(positions) }
}

extension Positions: CustomStringConvertible {
    package var description: String { Array(self).description }
}
