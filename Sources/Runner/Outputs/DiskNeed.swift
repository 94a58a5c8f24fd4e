import Foundation
package import Pipeline

/// The room that results and records of a run will take, in bytes: what is typical, and what it cannot be less than.
package struct DiskNeed: Sendable, Hashable {
    package struct Bytes: Sendable, Hashable {
        package var likely = 0
        package var least = 0

        package init(likely: Int = 0, least: Int = 0) {
            self.likely = likely
            self.least = least
        }

        package static func + (a: Bytes, b: Bytes) -> Bytes {
            Bytes(likely: a.likely.saturatingAdd(b.likely), least: a.least.saturatingAdd(b.least))
        }
    }

    /// In the output folder.
    package private(set) var results = Bytes()
    /// In the campaign's state file and its log.
    package private(set) var state = Bytes()
    /// In the account state of the user.
    package private(set) var account = Bytes()
    /// Outputs whose size is that of earlier results of this campaign.
    package private(set) var learned = 0

    /// Earlier results of one operation from which sizes are learned: fewer say little.
    private static let enoughToLearn = 3
    /// Rows and indexes of one submission with all of its stages, and as much again and more for the log beside them: 400 submissions left
    /// 2.2 kB each in the campaign's state, 1.1 kB in the account state and 1.8 kB in the two reports.
    private static let stateOfJob = Bytes(likely: 8_000, least: 1_500)
    private static let accountOfJob = Bytes(likely: 2_000, least: 300)
    /// Its lines in `events.jsonl` and `run.json`.
    private static let reportOfJob = Bytes(likely: 3_000, least: 800)

    /// - Parameters:
    ///   - missing: the positions of an instance's outputs that are still to be made, by the instance's.
    ///   - known: results that are there, from which sizes are learned.
    package init(of plan: Plan, missing: (Int) -> [Int], known: [OutputReference: Artifact]) {
        var samples: [Pipeline.Operation: (bytes: Int, count: Int)] = [:]
        for (output, artifact) in known where plan.instances.indices.contains(output.instance) {
            let operation = plan.instances[output.instance].operation
            samples[operation, default: (0, 0)].bytes = (samples[operation]?.bytes ?? 0).saturatingAdd(artifact.bytes)
            samples[operation, default: (0, 0)].count += 1
        }
        // Instances of a step mostly are of one size.
        var last: (size: OutputSize, bytes: Bytes)?
        for (position, instance) in plan.instances.enumerated() {
            let outputs = missing(position)
            if outputs.isEmpty { continue }
            let each: Bytes
            if let sample = samples[instance.operation], sample.count >= Self.enoughToLearn {
                let mean = sample.bytes / sample.count
                // Results of one kind differ, by their motif and length, but hardly by more than a factor of four.
                each = Bytes(likely: mean, least: mean / 4)
                learned += outputs.count
            } else {
                let size = OutputSize(instance)
                each = last.flatMap { $0.size == size ? $0.bytes : nil } ?? size.bytes
                last = (size, each)
            }
            for _ in outputs { results = results + each }
            for job in instance.jobs where outputs.contains(where: job.outputs.contains) {
                state = state + Self.stateOfJob
                account = account + Self.accountOfJob
                results = results + Self.reportOfJob
            }
        }
    }
}

/// How large one output of an instance will be, by what the instance asks for.
///
/// Pictures: 2 bytes a pixel, as lossless PNG of photographs takes (the 24 pictures of Kodak's set take 1.6 on average), and no less than 0.1,
/// as JPEG of low quality does. Clips: 1 MB a second, 8 Mbit/s, which YouTube recommends for uploads of 1080p (H.264), and no less than an
/// eighth of that.
struct OutputSize: Equatable {
    private let operation: Pipeline.Operation
    private let duration: String?
    private let size: String?
    private let resolution: String?
    private let ratio: String?

    init(_ instance: StepInstance) {
        func text(_ name: String) -> String? {
            guard case .value(let value)? = instance.arguments[name], case .text(let text) = value else { return nil }
            return text
        }
        operation = instance.operation
        duration = text("duration")
        size = text("size")
        resolution = text("resolution")
        ratio = text("aspect_ratio")
    }

    var bytes: DiskNeed.Bytes {
        switch operation.outputKind {
        case .image: DiskNeed.Bytes(likely: 2 * pixels, least: pixels / 10)
        default: DiskNeed.Bytes(likely: 1_000_000 * seconds, least: 125_000 * seconds)
        }
    }

    private var seconds: Int {
        guard let length = duration.flatMap({ Duration(flowbatch: $0) }) else { return 8 }
        return max(1, min(length.roundedSeconds, 3600))
    }

    private var pixels: Int {
        if let size = size?.lowercased().split(separator: "x"), size.count == 2, let width = Int(size[0]),
            let height = Int(size[1]),
            (1...20_000).contains(width), (1...20_000).contains(height)
        {
            return width * height
        }
        switch resolution?.lowercased() {
        case "4k": return pixels(longSide: 4096)
        case "2k": return pixels(longSide: 2048)
        // An upscale that says nothing goes to at least 2K; anything else is about a megapixel, as the models of today make it.
        default: return operation == .upscale ? pixels(longSide: 2048) : 1_050_000
        }
    }

    private func pixels(longSide: Int) -> Int {
        let ratio = (ratio ?? "16:9").split(separator: ":").compactMap { Int($0) }.filter { (1...100).contains($0) }
        guard ratio.count == 2 else { return longSide * longSide * 9 / 16 }
        return longSide * longSide * min(ratio[0], ratio[1]) / max(ratio[0], ratio[1])
    }
}

extension Int {
    fileprivate func saturatingAdd(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
