/// The requests that are under way, so that an interruption can end them.
struct CallRegister {
    /// What an interruption does to a request.
    enum Kind {
        /// Bills nothing: ended at once.
        case free
        /// Paid: given time to bring its reply home.
        case paid
    }

    private var calls: [Int: (kind: Kind, task: Task<Void, Never>)] = [:]
    private var last = 0

    mutating func nextID() -> Int {
        last += 1
        return last
    }

    mutating func add(_ id: Int, _ kind: Kind, _ task: Task<Void, Never>) { calls[id] = (kind, task) }

    mutating func remove(_ id: Int) { calls[id] = nil }

    func cancel(_ kind: Kind) {
        for call in calls.values where call.kind == kind { call.task.cancel() }
    }
}
