import Foundation
import Pipeline
import Testing

/// Nothing that users and their scripts depend on can vanish from the command line: the contract is written out here, not read from the code.
@Suite struct CommandLineTests {
    /// Flags by command, with the values where a flag is limited to some.
    private static let contract: [String: [String: [String]]] = [
        "run": [
            "--sandbox": [], "--var": [], "--only": [], "--rerun": [], "--max-cost": [], "--output": [], "--state": [], "--events": [],
            "--progress": ["auto", "tty", "plain", "none"], "--on-unknown": ["hold", "resubmit", "skip"], "--wait-lock": [],
            "--wait-quota": [], "--verify": [], "--env": [], "--render": ["full", "none"], "--yes": [],
        ],
        "plan": ["--json": [], "--compare-plans": [], "--deadline": []],
        "validate": ["--format": ["text", "json", "github", "sarif"]],
        "status": [:], "runs": [:],
        "resolve": ["--job": [], "--result": [], "--not-submitted": [], "--resubmit": []],
        "pick": [:], "audit": [:], "providers check": [:],
        "graph": [:], "init": ["--template": []], "schema": [:], "providers": [:], "usage": [:], "jobs": [:], "library": [:],
        "download": [:],
        "cancel": [:], "clean": [:],
        "sandbox": ["--port": [], "--speed": [], "--seed": [], "--credits": [], "--faults": [], "--ledger": []],
    ]

    private static let variables = [
        "FLOW_API_KEY", "FLOW_API_KEY_FILE", "FLOW_BASE_URL", "GPTIMAGE2_FILE_HOSTS", "FLOWBATCH_HOME", "NO_COLOR", "CI",
    ]

    /// Sources of the tests that drive the built program.
    private let tests: [String]

    init() throws {
        let folder = CommandLinePage.repository.appending(path: "Tests/CommandsTests")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        tests = try files.filter { $0.pathExtension == "swift" && $0.lastPathComponent != "CommandLineTests.swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }
        #expect(tests.count > 20, "hardly any test was found: these are blind")
    }

    @Test func everyCommandAndFlagOfTheContractIsThere() async throws {
        let parser = try await ParserDump.read(in: try Workspace())
        for (command, flags) in Self.contract {
            guard let known = parser[command] else {
                Issue.record("`flowbatch \(command)` is gone")
                continue
            }
            for (flag, values) in flags {
                let own = known.flags.first { $0.name == flag }
                #expect(own != nil, "`flowbatch \(command) \(flag)` is gone")
                #expect(Set(values).isSubset(of: own?.values ?? []), "values of `flowbatch \(command) \(flag)` are gone")
            }
        }
    }

    @Test func everyFlagOfTheContractIsGivenToTheProgramByATest() {
        var missing: [String] = []
        for (command, flags) in Self.contract {
            let words = command.split(separator: " ").map { "\"\($0)\"" }
            func drives(_ text: String) -> Bool { words.allSatisfy(text.contains) || (command == "run" && text.contains("runSandbox(")) }
            if !tests.contains(where: drives) { missing.append(command) }
            for flag in flags.keys where !tests.contains(where: { drives($0) && $0.contains("\"" + flag) }) {
                missing.append(command + " " + flag)
            }
        }
        #expect(missing.sorted() == [], "no test gives these to the program")
    }

    @Test func everyExitCodeIsProducedByATest() {
        let codes = ExitCode.allCases.map(\.rawValue)
        #expect(codes == [0, 1, 2, 3, 4, 5, 6, 7, 64, 65, 66, 69, 70, 74, 77, 78])
        for code in codes {
            let isSeen = tests.contains { $0.contains("exitCode == \(code)") }
            #expect(isSeen, "no test expects the program to end with \(code)")
        }
    }

    @Test func everyVariableIsSetByATest() {
        for variable in Self.variables {
            #expect(tests.contains { $0.contains("\"\(variable)\":") }, "no test sets \(variable)")
        }
    }

    /// `FLOWBATCH_RECORD=1` writes the page anew.
    @Test func thePageSaysWhatTheParserKnows() async throws {
        let page = try CommandLinePage()
        let written = page.written(from: try await ParserDump.read(in: try Workspace()))
        if ProcessInfo.processInfo.environment["FLOWBATCH_RECORD"] == "1" {
            try written.write(to: CommandLinePage.file, atomically: true, encoding: .utf8)
            return
        }
        #expect(page.text == written, "write the page anew with FLOWBATCH_RECORD=1 swift test --filter CommandLineTests, and read the diff")
        #expect(page.firstColumn(below: "Exit codes") == ExitCode.allCases.map { "\($0.rawValue)" })
        #expect(page.firstColumn(below: "Environment") == Self.variables)
    }
}
