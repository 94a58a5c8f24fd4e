import Checkpoint
import Pipeline
import Runner
import Scheduling

/// What a person does between two runs.
extension World {
    /// Says which job a held submission, or one that was named before, is: the right one, or one that nobody has ever heard of. The record is
    /// made first, and whether the account hears of it is not certain.
    func nameByHand(_ campaign: SimulatedCampaign) {
        guard person.oneIn(faults.named) else { return }
        let store = MemoryCheckpointStore(campaign.memory)
        guard let state = try? store.load(), let held = HeldSubmission.all(in: state, plan: campaign.plan).first(where: { $0.job != nil }),
            held.isHeld || held.named != nil, let reference = held.job, let token = try? store.openForWriting()
        else { return }
        let intent = held.record.intent
        let right = providers[intent.account]?.jobs.first { $0.key == intent.key.idempotencyKey }?.id
        let isRight = right != nil && person.oneIn(2)
        let id = isRight ? right ?? "" : "nobody-\(runs)"
        trace.say("\(now.milliseconds) a person says that \(held.instance) is job \(id)")
        let resolution = Resolution.accepted(AcceptedJob(remoteID: id), isConfirmed: isRight && person.oneIn(2))
        let planned = campaign.plan.instances[reference.instance]
        let outputs = planned.jobs[reference.job].outputs
        if let failure = campaign.apply(resolution.writes(for: held, outputs: outputs, run: "person", now: now), token: token) {
            return broken(.storeTellsTheTruth, "what a person said was refused: \(failure.message)")
        }
        guard !person.oneIn(4) else { return }
        let counts = providers[intent.account]?.account.limits.imagesFrom.contains(planned.operation) == true
        do {
            try resolution.settle(
                held, in: accounts, images: counts ? outputs.count : 0, timeout: planned.timeout,
                holder: LeaseHolder(run: "person", processID: 0, campaign: campaign.mark), now: now)
        } catch {
            broken(.storeTellsTheTruth, "the account refused what a person said: \(error)")
        }
    }
}
