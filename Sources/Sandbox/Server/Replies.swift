import Foundation

/// The reply to a submission and to a poll.
struct JobReply: Encodable {
    var jobID: String
    var status: JobStatus.Phase
    var progress: Int?
    var error: String?

    private enum CodingKeys: String, CodingKey {
        case status, progress, error
        case jobID = "job_id"
    }
}

/// The reply of `my-jobs`. Its shape is an assumption; the provider's document shows none.
struct JobListing: Encodable {
    struct Job: Encodable {
        var jobID: String
        var type: Operation
        var status: JobStatus.Phase
        /// The first prompt; upscales show none.
        var prompt: String?
        var prompts: [String]?
        var createdAt: String

        private enum CodingKeys: String, CodingKey {
            case type, status, prompt, prompts
            case jobID = "job_id"
            case createdAt = "created_at"
        }

        init(_ job: JobRecord, _ status: JobStatus) {
            jobID = job.id
            type = job.request.operation
            self.status = status.phase
            prompt = job.request.prompts.first
            prompts = job.request.prompts.isEmpty ? nil : job.request.prompts
            createdAt = Timestamp.text(job.acceptedAt)
        }
    }

    var jobs: [Job]
}

/// The reply of `my-library`: the outputs of completed jobs. Its shape is an assumption.
struct Library: Encodable {
    struct Item: Encodable {
        var jobID: String
        var type: Operation
        var index: Int
        /// Where to download it, relative to the host.
        var url: String
        var prompt: String?
        var createdAt: String

        private enum CodingKeys: String, CodingKey {
            case type, index, url, prompt
            case jobID = "job_id"
            case createdAt = "created_at"
        }

        init(_ job: JobRecord, output index: Int) {
            jobID = job.id
            type = job.request.operation
            self.index = index
            url = "\(Endpoint.base)/jobs/\(job.id)/\(job.request.operation.makesVideo ? "video" : "image")?index=\(index)"
            prompt = job.request.item(ofOutput: index)?.prompt
            createdAt = Timestamp.text(job.acceptedAt)
        }
    }

    var items: [Item]
}

/// The reply of `usage`. Its shape is an assumption.
struct UsageReply: Encodable {
    /// VND; null is endless.
    var creditsRemaining: Decimal?
    /// Images.
    var usedToday: Int
    /// Images; null is none.
    var dailyLimit: Int?

    private enum CodingKeys: String, CodingKey {
        case creditsRemaining = "credits_remaining"
        case usedToday = "used_today"
        case dailyLimit = "daily_limit"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(creditsRemaining, forKey: .creditsRemaining)
        try container.encode(usedToday, forKey: .usedToday)
        try container.encode(dailyLimit, forKey: .dailyLimit)
    }
}
