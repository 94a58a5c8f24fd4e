import Pipeline
import Testing

@Suite struct RequestChangeTests {
    private func part(_ parameter: String, _ shown: String, kind: RequestDescription.Part.Kind = .value, mark: String = "")
        -> RequestDescription.Part
    {
        RequestDescription.Part(parameter: parameter, kind: kind, shown: shown, mark: mark)
    }

    private func request(_ prompt: String, _ more: RequestDescription.Part...) -> RequestDescription {
        RequestDescription(parts: [part("uses", "t2i"), part("prompt", prompt)] + more)
    }

    private func entry(_ name: String, _ request: RequestDescription, at: Int64 = 0) -> EarlierRequests.Entry {
        EarlierRequests.Entry(
            identity: Identity(of: .text(name + request.text)), step: String(name.prefix { $0 != "[" }), name: name, request: request,
            at: Timestamp(milliseconds: at))
    }

    @Test func textComesBackAsItWas() {
        let awkward = "đèn \u{1F3EE}\ttab\nline\r\\ back \\n"
        let described = request(awkward, part("a\tb", "", kind: .file, mark: "m"), part("image", "s[1]#2", kind: .output, mark: "ab/1"))
        #expect(RequestDescription(text: described.text) == described)
        #expect(RequestDescription(text: "nonsense\nvalue\tprompt\t\tx") == RequestDescription(parts: [part("prompt", "x")]))
    }

    @Test func theNearestIsTheOneOfTheSameNameElseOfTheSameAxesElseTheMostAlike() {
        var earlier = EarlierRequests(
            [
                entry("pic[a]", request("a red car"), at: 1), entry("pic[a]", request("a green car"), at: 2),
                entry("old[b]", request("a bus")), entry("pic[c]", request("a long way to the sea")),
            ], steps: ["pic", "new"])
        #expect(earlier.nearest(step: "pic", name: "pic[a]", request: request("boat"))?.at == Timestamp(milliseconds: 2), "the latest")
        #expect(earlier.nearest(step: "new", name: "new[b]", request: request("a boat"))?.name == "old[b]", "renamed")
        #expect(earlier.nearest(step: "pic", name: "pic[d]", request: request("a short way to the sea"))?.name == "pic[c]")
        #expect(earlier.nearest(step: "pic", name: "pic[e]", request: request("a long way to the sea")) == nil, "each is given once")
        #expect(earlier.nearest(step: "pic", name: "pic[f]", request: request("something else")) == nil)
    }

    @Test func inputsAreFollowedToWhatTheyReplaced() {
        let old = request("x", part("image", "scene[a]", kind: .output, mark: "1111/0"))
        let new = request("x", part("image", "scene[b]", kind: .output, mark: "2222/0"))
        #expect(RequestChange.between(old, new).map(\.text) == ["image changed: `scene[a]` → `scene[b]`"])
        #expect(RequestChange.between(old, new, replaced: ["2222": "1111"]).map(\.text) == ["input scene[b] runs again"])
        #expect(
            RequestChange.between(old, new, replaced: ["2222": "1111"], isDone: { $0 == "scene[b]" }).map(\.text) == [
                "input scene[b] was made again"
            ])
        #expect(RequestChange.between(old, old).isEmpty)
    }

    @Test func aDescriptionIsBounded() {
        let long = String(repeating: "x", count: 100_000)
        let instance = StepInstance(
            step: "a", name: "a", place: nil, operation: .t2i, account: AccountID(provider: "flow", label: "default"),
            arguments: [
                "prompt": .value(.text(long)),
                "extra": .value(.map(Dictionary(uniqueKeysWithValues: (0..<1000).map { ("k\($0)", .text(long)) }))),
            ], identity: Identity(of: .int(1)), jobs: [], outputs: [], dependencies: [], needs: [], transfers: [], retry: .standard,
            timeout: .seconds(1), onFailure: .stop, expectedDuration: .seconds(1))
        let described = RequestDescription(of: instance, among: [], folder: "/")
        #expect(
            described.parts.count <= 201 && described.text.utf8.count < 40_000,
            "\(described.parts.count) parts, \(described.text.utf8.count) bytes")
    }

    /// Where all of many instances change at once, each finds its own: candidates that were given are never looked at again.
    @Test func whereAllChangeEachFindsOne() {
        let count = 2000
        let old = (0..<count).map { entry("pic[\($0) old]", request("the same words, number \($0), in front"), at: Int64($0)) }
        var earlier = EarlierRequests(old, steps: ["pic"])
        let found = (0..<count).compactMap { number in
            earlier.nearest(step: "pic", name: "pic[\(number) new]", request: request("the same words, number \(number), behind"))?.name
        }
        #expect(Set(found).count == count)
    }
}
