import Pipeline
import Runner

/// What a test wants to go wrong; a debug build alone obeys.
struct TestOrders {
    /// `FLOWBATCH_FAILPOINTS=accepted-recorded=kill@2`.
    let failpoints: Failpoints
    /// `FLOWBATCH_OMIT=intent`.
    let omission: Omission?

    /// - Throws: exit 78 for an order that makes no sense: a test that orders nothing proves nothing.
    init(_ environment: [String: String]) throws(CommandFailure) {
        #if DEBUG
        let name = environment["FLOWBATCH_OMIT"]
        omission = name.flatMap(Omission.init)
        if let name, omission == nil {
            let known = Omission.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure(.configuration, "FLOWBATCH_OMIT: `\(name)` is none of \(known); nothing was sent")
        }
        do throws(FailpointSyntaxError) {
            failpoints = try environment["FLOWBATCH_FAILPOINTS"].map { text throws(FailpointSyntaxError) in try Failpoints(text) } ?? .none
        } catch {
            throw CommandFailure(.configuration, "FLOWBATCH_FAILPOINTS: \(error.message); nothing was sent")
        }
        #else
        failpoints = .none
        omission = nil
        #endif
    }

    /// The command is at `point`.
    ///
    /// - Throws: exit 70 where an error is ordered here.
    func reach(_ point: Failpoint) throws(CommandFailure) {
        if let problem = failpoints.reach(point) { throw CommandFailure(.internalError, problem) }
    }
}
