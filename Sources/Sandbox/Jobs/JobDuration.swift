/// How long jobs take. By Flow AI's document a picture about 30 s, a 4K picture about 60 s, a clip 60–120 s; gptimage2.plus shows one of 5 s
/// and nothing more; Ace Data Cloud says 1–2 minutes.
enum JobDuration {
    /// How much longer a job under ``Fault/slowJob`` takes.
    static let slowFactor = 10.0
    /// How long a job under ``Fault/stuckJob`` takes: a hundred years.
    static let forever = 100.0 * 365 * 86400

    /// Seconds at the pace of life, drawn within the operation's spread.
    static func seconds(of request: GenerationRequest, drawnFrom generator: inout SeededGenerator) -> Double {
        if let quality = request.quality {
            switch quality {
            case "low": return generator.number(in: 5...10)
            case "medium": return generator.number(in: 10...20)
            default: return generator.number(in: 20...60)
            }
        }
        if request.pixels != nil { return generator.number(in: 60...120) }
        return switch (request.operation, request.resolution) {
        case (.textToImage, _), (.referenceToImage, _): generator.number(in: 24...36)
        case (.upscaleImage, .twoK): generator.number(in: 36...54)
        case (.upscaleImage, _): generator.number(in: 48...72)
        case (.textToVideo, _), (.imageToVideo, _), (.multiReferenceToVideo, _): generator.number(in: 60...120)
        }
    }
}

/// The day that the daily cap counts by.
enum QuotaDay {
    /// Asia/Ho_Chi_Minh is seven hours ahead of UTC all year.
    static let offset = 7.0 * 3600

    /// The number of the calendar day at `now` (seconds since 1970). A faster sandbox has shorter days: 86,400 s divided by `speed`.
    static func number(at now: Double, speed: Double) -> Int {
        let day = ((now + offset) * speed / 86400).rounded(.down)
        return Int(exactly: day) ?? 0
    }
}
