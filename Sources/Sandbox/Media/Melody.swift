import Foundation

/// A quiet melody that stands in for a spoken voice: each voice has its own key and tone, the seed chooses the notes.
struct Melody: Sendable {
    var voice: Voice
    var seconds: Int
    var generator: SeededGenerator

    /// Samples a second.
    static let sampleRate = 48_000
    /// How long a note lasts, in seconds.
    private static let noteLength = 0.4
    /// A pentatonic scale in half-tones above the key.
    private static let scale = [0.0, 2, 4, 7, 9, 12, 14, 16]

    /// Signed 16-bit samples, little-endian, one channel.
    func encoded() -> Data {
        var generator = generator
        let number = Voice.allCases.firstIndex(of: voice) ?? 0
        let key = 196 * pow(2, Double(number % 12) / 12)
        let brightness = 0.15 + 0.1 * Double(number / 12)
        let count = seconds * Self.sampleRate
        let noteSamples = Int(Self.noteLength * Double(Self.sampleRate))
        var bytes = [UInt8](repeating: 0, count: count * 2)
        var start = 0
        while start < count {
            let frequency = key * pow(2, Self.scale[generator.index(below: Self.scale.count)] / 12)
            let step = 2 * Double.pi * frequency / Double(Self.sampleRate)
            for offset in 0..<min(noteSamples, count - start) {
                let position = Double(offset) / Double(noteSamples)
                let loudness = min(1, position * 20) * (1 - position) * (1 - position)
                let phase = step * Double(offset)
                let tone = sin(phase) + brightness * sin(2 * phase) + brightness / 2 * sin(3 * phase)
                let sample = Int16(max(-1, min(1, 0.35 * loudness * tone)) * 32_767)
                bytes[2 * (start + offset)] = UInt8(truncatingIfNeeded: sample)
                bytes[2 * (start + offset) + 1] = UInt8(truncatingIfNeeded: sample >> 8)
            }
            start += noteSamples
        }
        return Data(bytes)
    }
}
