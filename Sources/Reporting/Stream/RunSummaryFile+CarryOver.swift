package import Foundation
package import Pipeline

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The summary of a run that had nothing to do says of every step what the one before said. What differs stands before the steps and behind them.
extension RunSummaryFile {
    /// A summary that is ready to be written over the one before.
    package struct CarriedOver {
        fileprivate enum Change {
            /// What the file begins with, in place of as many bytes.
            case head([UInt8])
            case whole([UInt8])
        }

        fileprivate let path: String
        fileprivate let change: Change

        /// - Throws: where it cannot be written.
        package func write() throws(ReportingError) {
            switch change {
            case .head(let bytes): try RunSummaryFile.replaceHead(by: bytes, path)
            case .whole(let bytes): try OutputFile.replace(path, with: bytes)
            }
        }
    }

    /// What makes of the file at `url`, which tells of `before`, one that tells of `next`: the same campaign with everything done, and done
    /// before. Where only the names and times at its beginning differ, those are put in place of the old in one write.
    ///
    /// - Parameters:
    ///   - before: as it was written, without its steps.
    ///   - next: without steps; has the same status.
    /// - Returns: nil where the file is not what was written.
    package static func carryOver(_ url: URL, from before: RunSummary, to next: RunSummary) throws(ReportingError) -> CarriedOver? {
        let path = url.path(percentEncoded: false)
        guard let old = try Frame(of: before, path: path), let new = try Frame(of: next, path: path) else { return nil }
        if old.tail == new.tail, old.head.count == new.head.count {
            guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
            defer { try? handle.close() }
            guard let head = try? handle.read(upToCount: old.head.count), head.elementsEqual(old.head) else { return nil }
            return CarriedOver(path: path, change: .head(new.head))
        }
        guard let data = try? Data(contentsOf: url) else { return nil }
        let bytes = Array(data)
        guard bytes.count >= old.head.count + old.tail.count, bytes.starts(with: old.head),
            bytes.suffix(old.tail.count).elementsEqual(old.tail),
            let steps = doneBefore(bytes[old.head.count..<(bytes.count - old.tail.count)], count: next.totals.steps)
        else { return nil }
        return CarriedOver(path: path, change: .whole(new.head + steps + new.tail))
    }

    /// What stands around the steps of a summary.
    private struct Frame {
        let head: [UInt8]
        let tail: [UInt8]

        /// Nil where it cannot be told from the steps.
        init?(of summary: RunSummary, path: String) throws(ReportingError) {
            let bytes = try ReportJSON.bytes(of: summary.withoutSteps, path: path)
            // No text in JSON holds a line break, so a line is the whole of what it says.
            guard let start = bytes.firstRange(of: Array("\n  \"steps\" : [".utf8)),
                let end = bytes.ranges(of: Array("\n  \"totals\" : {".utf8)).last, start.upperBound <= end.lowerBound
            else { return nil }
            head = Array(bytes[..<start.upperBound])
            tail = Array(bytes[end.lowerBound...])
        }
    }

    /// The steps with each done before; nil where they are not that many.
    private static func doneBefore(_ steps: ArraySlice<UInt8>, count: Int) -> [UInt8]? {
        let (done, before) = (Array("\n      \"cached\" : false,".utf8), Array("\n      \"cached\" : true,".utf8))
        var result: [UInt8] = []
        result.reserveCapacity(steps.count)
        var found = 0
        var copied = steps.startIndex
        var position = steps.startIndex
        while let lineBreak = steps[position...].firstIndex(of: UInt8(ascii: "\n")) {
            position = lineBreak + 1
            // Most lines say something else, which their first letter shows.
            guard lineBreak + 8 < steps.endIndex, steps[lineBreak + 8] == UInt8(ascii: "c") else { continue }
            let rest = steps[lineBreak...]
            if rest.starts(with: before) {
                found += 1
            } else if rest.starts(with: done) {
                found += 1
                result.append(contentsOf: steps[copied..<lineBreak])
                result.append(contentsOf: before)
                copied = lineBreak + done.count
            }
        }
        guard found == count else { return nil }
        result.append(contentsOf: steps[copied...])
        return result
    }

    /// One write within the first block of the file, which readers see whole or not at all, like the file that is renamed.
    fileprivate static func replaceHead(by new: [UInt8], _ path: String) throws(ReportingError) {
        guard let handle = FileHandle(forUpdatingAtPath: path) else {
            throw .cannotWrite(path: path, reason: OutputFile.systemReason())
        }
        defer { try? handle.close() }
        guard pwrite(handle.fileDescriptor, new, new.count, 0) == new.count, fsync(handle.fileDescriptor) == 0 else {
            throw .cannotWrite(path: path, reason: OutputFile.systemReason())
        }
    }
}
