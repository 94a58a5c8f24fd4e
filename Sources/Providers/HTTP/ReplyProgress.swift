import Synchronization

/// Whether a reply's head has come: after it, a break is the reply's, not the request's.
final class ReplyProgress: Sendable {
    private let head = Atomic(false)

    var hasHead: Bool { head.load(ordering: .acquiring) }

    func headCame() { head.store(true, ordering: .releasing) }
}
