import Foundation
import Pipeline
import Testing

@testable import YAML

/// Whatever the bytes, reading ends in a tree or in diagnostics whose places lie within the text.
@Suite struct FuzzTests {
    /// SplitMix64: a few lines that give the same numbers everywhere.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private static let seed = ProcessInfo.processInfo.environment["FLOWBATCH_FUZZ_SEED"].flatMap { UInt64($0) } ?? 20_261_121

    private static let samples = [
        """
        flowbatch: 1
        name: serum-summer
        vars: { product: Lụa Serum }
        steps:
          scene:
            uses: r2i
            for_each: &axes
              ratio: ["16:9", "9:16"]
              place: [sunlit bathroom shelf, 'beach at dawn']
            with:
              prompt: "${{ vars.product }} on a ${{ each.place }}\\u00e9"
              count: 2
          clip:
            for_each: *axes
            with: { image: ${{ each.item }}, prompt: >-
              slow push-in,
              soft light }
            note: |
              two
                lines
        """,
        "a: &x [1, 2.5, ~, true, 0x1F]\nb: *x\n? c\n: - d\n  - !!str e\n---\nf\n",
    ]

    /// What a mutation likes to insert: YAML's own characters and awkward bytes.
    private static let spices: [[UInt8]] =
        [
            "&", "*", "!", "|", ">", "'", "\"", "%", "@", "`", "{", "}", "[", "]", ",", "#", "?", ":", "-", "\n", "\r", "\t", " ", "<<: ",
            "---\n", "\\x",
            "&a ", "*a ", "\u{FEFF}", "\u{85}", "\u{2028}", "🌸",
        ].map { Array($0.utf8) } + [[0], [0xFF], [0xC3], [0x80], [0xED, 0xA0, 0x80]]

    private func check(_ bytes: [UInt8]) {
        do {
            let node = try YAMLReader.read(bytes: bytes, file: "f", limits: YAMLLimits(maxBytes: 100_000, maxExpandedNodes: 1000))
            checkPlace(node.place, in: bytes)
            _ = node.value.canonicalJSON
        } catch {
            #expect(!error.all.isEmpty)
            for problem in error.all {
                checkPlace(problem.place, in: bytes)
                _ = DiagnosticText(sources: ["f": String(decoding: bytes, as: UTF8.self)]).text(of: problem)
            }
        }
    }

    private func checkPlace(_ place: SourcePlace?, in bytes: [UInt8]) {
        guard let place else { return }
        #expect(place.start.offset >= 0 && place.start.offset <= place.end.offset && place.end.offset <= bytes.count)
        #expect(place.start.line >= 1 && place.start.column >= 1)
    }

    @Test func randomBytes() {
        print("seed \(Self.seed)")
        var random = Generator(state: Self.seed)
        for _ in 0..<2000 {
            check((0..<Int.random(in: 0...120, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
        }
    }

    @Test func randomPunctuation() {
        print("seed \(Self.seed)")
        var random = Generator(state: Self.seed &+ 1)
        for _ in 0..<3000 {
            check((0..<Int.random(in: 0...60, using: &random)).flatMap { _ in Self.spices.randomElement(using: &random) ?? [] })
        }
    }

    @Test func mutatedFiles() {
        print("seed \(Self.seed)")
        var random = Generator(state: Self.seed &+ 2)
        for _ in 0..<3000 {
            var bytes = Array((Self.samples.randomElement(using: &random) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let position = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes.insert(contentsOf: Self.spices.randomElement(using: &random) ?? [], at: position)
                case 1: bytes.removeSubrange(position..<min(bytes.count, position + Int.random(in: 1...20, using: &random)))
                default: bytes[position] = UInt8.random(in: 0...255, using: &random)
                }
                if bytes.isEmpty { bytes = [0x20] }
            }
            check(bytes)
        }
    }

    @Test func truncatedFiles() {
        for sample in Self.samples {
            let bytes = Array(sample.utf8)
            for end in 0...bytes.count { check(Array(bytes.prefix(end))) }
        }
    }
}
