import Pipeline

/// The id a provider gave a job: it becomes part of paths, records and reports, so it must be tame.
enum JobID {
    /// The id in `value`; nil where it is empty, longer than 200 characters or holds anything but letters, digits and `-_.~:=@+`.
    static func read(_ value: Value?) -> String? {
        let text: String
        switch value {
        case .text(let id)?: text = id
        case .int(let id)?: text = String(id)
        default: return nil
        }
        guard (1...200).contains(text.utf8.count), text != ".", text != "..", text.utf8.allSatisfy(isSafe) else { return nil }
        return text
    }

    private static func isSafe(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-_.~:=@+".utf8.contains(byte)
        }
    }
}
