package import Pipeline

extension RunMachine {
    /// What keeps a job of the account from being submitted that could be: nil where there is none, or it is about to leave.
    package func obstacle(of id: AccountID) -> LimitName? {
        guard let account = accounts[id], account.stop == nil, !isFinished else { return nil }
        let waits = !account.submissions.isEmpty || !account.parked.isEmpty || !account.parkedImages.isEmpty
        guard waits else { return nil }
        if let until = account.pausedUntil, until > now { return .throttled }
        if let threads = account.plan.limits.threads, account.slotsHeld >= threads { return .threads }
        if let until = account.slotsBlockedUntil, until > now { return .threads }
        if let until = account.dayBlockedUntil, until > now { return .dailyImages }
        if let until = account.blockedUntil[.submit], until > now { return .requests }
        guard !account.submissions.isEmpty else { return account.parkedImages.isEmpty ? .spend : .dailyImages }
        // A free slot and nothing asked for: requests are kept for the jobs that run.
        return account.asking.isEmpty && account.supply != nil ? .requests : nil
    }
}
