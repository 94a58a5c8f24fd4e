import Pipeline
import Testing

@Suite struct SuggestionTests {
    private let names = ["aspect_ratio", "prompt", "references", "resolution", "count"]

    @Test(arguments: [
        ("aspect-ratio", "aspect_ratio"), ("promt", "prompt"), ("Prompt", "prompt"), ("refrences", "references"),
        ("reslution", "resolution"),
        ("cuont", "count"),
    ])
    func findsTheNearest(word: String, expected: String) {
        #expect(Suggestion.nearest(to: word, among: names) == expected)
        #expect(Suggestion.text(for: word, among: names) == "did you mean `\(expected)`?")
    }

    @Test func doesNotGuessWildly() {
        #expect(Suggestion.nearest(to: "zebra", among: names) == nil)
        #expect(Suggestion.text(for: "zebra", among: names) == "known here: `aspect_ratio`, `count`, `prompt`, `references`, `resolution`")
        #expect(Suggestion.text(for: "zebra", among: (0..<50).map { "name\($0)" }) == nil)
        #expect(Suggestion.text(for: "zebra", among: [String]()) == nil)
    }

    @Test func tiesGoByName() {
        #expect(Suggestion.nearest(to: "cat", among: ["cut", "cot", "car"]) == "car")
    }

    @Test func longWordsAreFarFromEverything() {
        let long = String(repeating: "a", count: 100_000)
        #expect(Suggestion.nearest(to: long, among: [long + "b"]) == nil)
        #expect(Suggestion.nearest(to: "", among: ["a", "ab"]) == nil)
    }
}
