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

    @Test func idempotencyKeysDifferByJobAndAttemptAndNothingElse() {
        let identity = Identity(of: .text("x"))
        let keys = (0..<5).flatMap { job in (1...5).map { identity.idempotencyKey(job: job, attempt: $0) } }
        #expect(Set(keys).count == 25)
        #expect(keys == (0..<5).flatMap { job in (1...5).map { Identity(hex: identity.hex).idempotencyKey(job: job, attempt: $0) } })
        #expect(keys.allSatisfy { $0.hasPrefix("fb-") && $0.utf8.count == 43 })
        #expect(Identity(of: .text("y")).idempotencyKey(job: 0, attempt: 1) != keys[0])
    }

    @Test func mediaOfAnArgumentAreFoundInOrder() {
        let a = MediaSource.url("https://a")
        let b = MediaSource.output(OutputReference(instance: 1, output: 0))
        let argument = Argument.list([.media(b), .value(.int(1)), .list([.media(a), .media(b)])])
        #expect(argument.media == [b, a, b])
        #expect(Argument.value(.text("https://a")).media == [])
    }
}
