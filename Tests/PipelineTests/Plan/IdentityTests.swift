import Foundation
import Pipeline
import Testing

@Suite struct IdentityTests {
    /// A change of these digits would pay every finished picture again.
    @Test func isTheHashOfTheCanonicalText() {
        let identity = Identity(of: .map(["b": .int(1), "a": .text("Lụa")]))
        #expect(Value.map(["b": .int(1), "a": .text("Lụa")]).canonicalJSON == #"{"a":"Lụa","b":1}"#)
        #expect(identity.hex == "1d208663f1ca27942271e2e53d662e193c99d81c7bc9e0dcf08c78e027c4494a")
        #expect(identity.short == String(identity.hex.prefix(12)))
    }

    /// Computed with Python: `"fb-" + hashlib.sha256(b'["1d20…494a",JOB,ATTEMPT]').hexdigest()[:40]`.
    @Test("Idempotency-Key = hash(identity, generation, attempt)")
    func theKeyIsTheHashOfIdentityJobAndAttempt() {
        let identity = Identity(hex: "1d208663f1ca27942271e2e53d662e193c99d81c7bc9e0dcf08c78e027c4494a")
        #expect(identity.idempotencyKey(job: 0, attempt: 1) == "fb-a46d8714277dd90eec4fcddb11a468a8089ec8e1")
        #expect(identity.idempotencyKey(job: 2, attempt: 1) == "fb-2524c47d4e13da20081f4ca9560bdfbd76d9c7a2")
        #expect(identity.idempotencyKey(job: 0, attempt: 2) == "fb-c25cc0da7832bf23ac5d89f86f3096a26e5d1c63")
    }

    @Test func idempotencyKeysDifferByJobAndAttemptAndNothingElse() {
        let identity = Identity(of: .text("x"))
        let keys = (0..<5).flatMap { job in (1...5).map { identity.idempotencyKey(job: job, attempt: $0) } }
        #expect(Set(keys).count == 25)
        #expect(keys == (0..<5).flatMap { job in (1...5).map { Identity(hex: identity.hex).idempotencyKey(job: job, attempt: $0) } })
        #expect(keys.allSatisfy { $0.hasPrefix("fb-") && $0.utf8.count == 43 })
        #expect(Identity(of: .text("y")).idempotencyKey(job: 0, attempt: 1) != keys[0])
    }

    /// Whatever was read is kept as it was; what is a digest is compared as one, in the order of its digits.
    @Test func anyDigitsAreKeptAsTheyWere() throws {
        let digests = (0..<50).map { Identity(of: .int($0)) }
        let all = digests.map(\.hex) + ["", "x", "identity", String(repeating: "A", count: 64), String(repeating: "f", count: 65)]
        for hex in all {
            let identity = Identity(hex: hex)
            #expect(identity.hex == hex && identity.description == hex && identity.short == String(hex.prefix(12)))
            let json = try JSONEncoder().encode(identity)
            #expect(String(decoding: json, as: UTF8.self) == #"{"hex":"\#(hex)"}"#)
            #expect(try JSONDecoder().decode(Identity.self, from: json) == identity)
            var written: [UInt8] = []
            identity.write(into: &written)
            #expect(String(decoding: written, as: UTF8.self) == hex)
        }
        #expect(all.map { Identity(hex: $0) }.sorted().map(\.hex) == all.sorted())
        #expect(Set(all.map { Identity(hex: $0) } + digests).count == all.count)
    }

    @Test func mediaOfAnArgumentAreFoundInOrder() {
        let a = MediaSource.url("https://a")
        let b = MediaSource.output(OutputReference(instance: 1, output: 0))
        let argument = Argument.list([.media(b), .value(.int(1)), .list([.media(a), .media(b)])])
        #expect(argument.media == [b, a, b])
        #expect(Argument.value(.text("https://a")).media == [])
    }
}
