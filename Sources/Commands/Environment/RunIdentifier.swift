import Pipeline

/// A run's identifier: a ULID, sortable by time.
enum RunIdentifier {
    private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    static func make(at now: Timestamp, using random: inout some RandomNumberGenerator) -> String {
        var time = UInt64(clamping: now.milliseconds)
        var head: [Character] = []
        for _ in 0..<10 {
            head.append(digits[Int(time % 32)])
            time /= 32
        }
        return String(head.reversed()) + String((0..<16).map { _ in digits[Int.random(in: 0..<32, using: &random)] })
    }
}
