import Foundation

/// A change of the provider's state, one JSON object a line of the journal.
enum JournalEntry: Sendable, Hashable {
    case upload(UploadRecord)
    /// A job, and the threads of the plan it was accepted under.
    case job(JobRecord, threads: Int)
    case failure(FailureRecord)
}

extension JournalEntry: Codable {
    private enum Key: String, CodingKey { case upload, job, threads, failure }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        if let record = try container.decodeIfPresent(UploadRecord.self, forKey: .upload) {
            self = .upload(record)
        } else if let record = try container.decodeIfPresent(FailureRecord.self, forKey: .failure) {
            self = .failure(record)
        } else {
            self = .job(try container.decode(JobRecord.self, forKey: .job), threads: try container.decode(Int.self, forKey: .threads))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .upload(let record): try container.encode(record, forKey: .upload)
        case .failure(let record): try container.encode(record, forKey: .failure)
        case .job(let record, let threads):
            try container.encode(record, forKey: .job)
            try container.encode(threads, forKey: .threads)
        }
    }
}
