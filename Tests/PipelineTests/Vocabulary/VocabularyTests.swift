import Pipeline
import Testing

@Suite struct ExitCodeTests {
    /// Why it stopped beats what happened: 74 > 70 > 6 > 77 > 4 > 69 > 3 > 5, then 2 > 1 > 0.
    @Test func precedence() {
        #expect(ExitCode.precedence.map(\.rawValue) == [74, 70, 6, 77, 4, 69, 3, 5, 2, 1, 0])
        for (position, code) in ExitCode.precedence.enumerated() {
            #expect(ExitCode.winner(of: Set(ExitCode.precedence[position...])) == code)
        }
        #expect(ExitCode.winner(of: []) == .done)
    }

    @Test func codesAreThoseOfTheDocumentation() {
        #expect(ExitCode.allCases.map(\.rawValue).sorted() == [0, 1, 2, 3, 4, 5, 6, 7, 64, 65, 66, 69, 70, 74, 77, 78])
    }
}

@Suite struct OperationTests {
    @Test(arguments: Operation.allCases)
    func bothNamesAreKnown(operation: Operation) {
        #expect(Operation(name: operation.rawValue) == operation)
        #expect(Operation(name: operation.longName) == operation)
    }

    @Test func othersAreNot() {
        #expect(Operation(name: "T2I") == nil)
        #expect(Operation(name: "") == nil)
    }

    @Test func clipsComeFromVideoOperations() {
        #expect(Operation.allCases.filter { $0.outputKind == .video } == [.t2v, .i2v, .r2v])
    }
}

@Suite struct SecretTests {
    @Test func neverPrintsItself() {
        let secret = Secret("sk-12345")
        var dumped = ""
        dump((secret, ["key": secret]), to: &dumped)
        for text in [
            "\(secret)", String(describing: secret), String(reflecting: secret), "\([secret])", "\(Optional(secret) as Any)", dumped,
        ] {
            #expect(!text.contains("12345"))
        }
        #expect(secret.expose() == "sk-12345")
        #expect(Secret("").isEmpty)
    }
}

@Suite struct AccountTests {
    @Test func sortsByProviderThenLabel() {
        let accounts = [AccountID(provider: "flow", label: "b"), AccountID(provider: "acedata"), AccountID(provider: "flow", label: "a")]
        #expect(accounts.sorted().map(\.description) == ["acedata/default", "flow/a", "flow/b"])
    }
}
