/// A refusal as the client gets it: a status and `{"error": message}`.
struct APIError: Error, Sendable, Equatable {
    /// The HTTP status code.
    var status: Int
    var message: String
    /// Seconds for `Retry-After`, rounded up to a whole one.
    var retryAfter: Double?

    /// The request can't be read.
    static func malformed(_ message: String) -> APIError { APIError(status: 400, message: message) }
    /// The request can be read, and asks for something that isn't there to be had.
    static func invalid(_ message: String) -> APIError { APIError(status: 422, message: message) }
    /// The document's 404: no such thing, or not ready yet.
    static func notFound(_ message: String) -> APIError { APIError(status: 404, message: message) }
    /// The document's 404 to a download that comes too early.
    static let notReady = notFound("Job chưa xong, đợi completed rồi download (the job isn't finished)")
    /// The document's 403.
    static let wrongKey = APIError(status: 403, message: "API key sai hoặc bị tắt (wrong or disabled API key)")
    /// The document's 402.
    static let noCredits = APIError(
        status: 402, message: "Hết credits, hãy nạp thêm (out of credits)")
    /// The document's 429.
    static let overDailyLimit = APIError(
        status: 429, message: "Vượt giới hạn/ngày, hãy chờ ngày mai hoặc nâng gói (over the daily limit)")
}
