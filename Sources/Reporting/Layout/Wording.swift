import Foundation
import Pipeline

/// How numbers and sizes read in every text of this target.
enum Wording {
    /// `1 job`, `1,204 jobs`.
    static func count(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
        "\(grouped(number)) \(number == 1 ? noun : plural ?? noun + "s")"
    }

    /// `12,345`.
    static func grouped(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var out = ""
        for (position, digit) in digits.enumerated() {
            if position > 0, (digits.count - position).isMultiple(of: 3) { out.append(",") }
            out.append(digit)
        }
        return (number < 0 ? "-" : "") + out
    }

    /// What decides the least time that something takes: `the slots of flow/default`.
    static func scarce(_ limit: String, of account: String?) -> String {
        let name =
            switch limit {
            case LimitName.threads.rawValue: "the slots"
            case LimitName.requests.rawValue: "the requests"
            case LimitName.dailyImages.rawValue: "the images a day"
            case LimitName.spend.rawValue: "what may be spent"
            case PlanForecast.Bounds.criticalPathName: "the longest chain of jobs that wait for each other"
            default: "`\(Printable.line(limit))`"
            }
        return account.map { "\(name) of \(Printable.line($0))" } ?? name
    }

    /// `1.04 × the 1m 02s that it takes at the least, by the slots of flow/default`.
    static func makespan(_ makespan: Makespan) -> String {
        "\(makespan.ratioText) × the \(makespan.lowerBound.shortText) that it takes at the least, by "
            + scarce(makespan.limit, of: makespan.account)
    }

    /// A file's length in decimal units: `812 B`, `24.1 MB`.
    static func bytes(_ bytes: Int) -> String {
        let units = ["kB", "MB", "GB", "TB", "PB", "EB"]
        guard bytes >= 1000 else { return "\(bytes) B" }
        // In tenths of the unit, so that no floating-point number is needed.
        var tenths = bytes / 100
        var unit = 0
        while tenths >= 10_000, unit < units.count - 1 {
            tenths /= 1000
            unit += 1
        }
        return "\(grouped(tenths / 10)).\(tenths % 10) \(units[unit])"
    }

    /// How many of `count` lines are shown where `limit` are: a single one more takes no more room than its count.
    static func shown(_ count: Int, limit: Int) -> Int { count == limit + 1 ? count : min(count, limit) }

    /// `a`, `a and b`, `a, b and c`; beyond `limit` the rest as a count.
    static func list(_ items: [String], limit: Int = .max) -> String {
        if items.count > limit { return list(Array(items.prefix(limit)), of: items.count) }
        guard let last = items.last, items.count > 1 else { return items.first ?? "" }
        return items.dropLast().joined(separator: ", ") + " and \(last)"
    }

    /// `a, b and 12 more`: the first of so many.
    static func list(_ first: [String], of count: Int) -> String {
        first.joined(separator: ", ") + " and \(grouped(count - first.count)) more"
    }

    /// `sentence` ready to be continued.
    static func withoutFullStop(_ sentence: String) -> String {
        sentence.hasSuffix(".") && !sentence.hasSuffix("..") ? String(sentence.dropLast()) : sentence
    }

    /// `sentence` with a capital first letter.
    static func capitalised(_ sentence: String) -> String { sentence.prefix(1).uppercased() + sentence.dropFirst() }
}

extension LimitName {
    /// What is used up, for people.
    var title: String {
        switch self {
        case .threads: "slots"
        case .requests: "requests"
        case .dailyImages: "images of the day"
        case .spend: "what the account may spend"
        case .fingerprint: "a twin submission's reply"
        case .throttled: "a pause the provider asked for"
        }
    }
}
