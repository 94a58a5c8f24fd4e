package import Pipeline

/// Submissions of unknown fate, with what a person needs to look for them at the provider: what `flowbatch resolve` lists.
package struct HeldReport: Sendable, Hashable, Encodable {
    /// A job of the provider's listing that may be the submission's, and that nothing else accounts for.
    package struct Candidate: Sendable, Hashable, Encodable {
        package let job: String
        package let createdAt: Timestamp?
        package let uses: Operation?
        package let prompt: String?
        /// Where the provider tells of it, with the key.
        package let address: String?

        package init(job: String, createdAt: Timestamp?, uses: Operation?, prompt: String?, address: String?) {
            self.job = job
            self.createdAt = createdAt
            self.uses = uses
            self.prompt = prompt
            self.address = address
        }

        private enum CodingKeys: String, CodingKey {
            case job, uses, prompt, address
            case createdAt = "created_at"
        }

        package func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(job, forKey: .job)
            try values.encodeIfPresent(createdAt?.description, forKey: .createdAt)
            try values.encodeIfPresent(uses, forKey: .uses)
            try values.encodeIfPresent(prompt, forKey: .prompt)
            try values.encodeIfPresent(address, forKey: .address)
        }
    }

    /// What the listing shows of a submission.
    package enum Search: Sendable, Hashable {
        case found([Candidate])
        /// Why it was not looked for.
        case notAsked(String)
    }

    package struct Input: Sendable, Hashable, Encodable {
        package let parameter: String
        package let value: String

        package init(parameter: String, value: String) {
            self.parameter = parameter
            self.value = value
        }
    }

    package struct Submission: Sendable, Hashable, Encodable {
        package let instance: String
        /// Nil where nothing on record says it.
        package let step: String?
        package let identity: String
        /// From 1.
        package let subJob: Int
        /// How many sub-jobs its instance has.
        package let subJobs: Int
        package let attempt: Int
        package let account: AccountID
        package let uses: Operation?
        package let prompt: String?
        /// What else it was asked with.
        package let inputs: [Input]
        package let idempotencyKey: String
        package let sentAt: Timestamp
        /// Nil where the price is unknown.
        package let price: Money?
        /// Whether a person is to decide; else the next run looks for it first.
        package let isHeld: Bool
        /// The job that a person named; nil where none is.
        package let named: String?
        /// What is known, what the provider's last listing showed included.
        package let reason: String
        /// Whether the campaign still asks for it.
        package let isPlanned: Bool
        package let search: Search
        package let fate: FateReport

        package init(
            instance: String, step: String?, identity: String, subJob: Int, subJobs: Int, attempt: Int, account: AccountID,
            uses: Operation?, prompt: String?, inputs: [Input], idempotencyKey: String, sentAt: Timestamp, price: Money?, isHeld: Bool,
            named: String?, reason: String, isPlanned: Bool, search: Search, fate: FateReport
        ) {
            self.instance = instance
            self.step = step
            self.identity = identity
            self.subJob = subJob
            self.subJobs = subJobs
            self.attempt = attempt
            self.account = account
            self.uses = uses
            self.prompt = prompt
            self.inputs = inputs
            self.idempotencyKey = idempotencyKey
            self.sentAt = sentAt
            self.price = price
            self.isHeld = isHeld
            self.named = named
            self.reason = reason
            self.isPlanned = isPlanned
            self.search = search
            self.fate = fate
        }

        private enum CodingKeys: String, CodingKey {
            case instance, step, identity, attempt, provider, account, uses, prompt, inputs, price, reason, fate, candidates
            case subJob = "sub_job"
            case subJobs = "sub_jobs"
            case idempotencyKey = "idempotency_key"
            case sentAt = "sent_at"
            case isHeld = "held"
            case named = "named_job"
            case isPlanned = "planned"
            case notAsked = "listing_not_asked"
        }

        package func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(instance, forKey: .instance)
            try values.encodeIfPresent(step, forKey: .step)
            try values.encode(identity, forKey: .identity)
            try values.encode(subJob, forKey: .subJob)
            try values.encode(subJobs, forKey: .subJobs)
            try values.encode(attempt, forKey: .attempt)
            try values.encode(account.provider, forKey: .provider)
            try values.encode(account.label, forKey: .account)
            try values.encodeIfPresent(uses, forKey: .uses)
            try values.encodeIfPresent(prompt, forKey: .prompt)
            try values.encode(inputs, forKey: .inputs)
            try values.encode(idempotencyKey, forKey: .idempotencyKey)
            try values.encode(sentAt.description, forKey: .sentAt)
            try values.encodeIfPresent(price, forKey: .price)
            try values.encode(isHeld, forKey: .isHeld)
            try values.encodeIfPresent(named, forKey: .named)
            try values.encode(reason, forKey: .reason)
            try values.encode(isPlanned, forKey: .isPlanned)
            try values.encode(fate, forKey: .fate)
            switch search {
            case .found(let candidates): try values.encode(candidates, forKey: .candidates)
            case .notAsked(let reason): try values.encode(reason, forKey: .notAsked)
            }
        }
    }

    package private(set) var version = 1
    package let campaign: String
    /// In plan order; what the campaign no longer asks for last.
    package let submissions: [Submission]

    package init(campaign: String, submissions: [Submission]) {
        self.campaign = campaign
        self.submissions = submissions
    }
}
