import Testing

/// The habits that a reviewer would otherwise have to look for by eye.
@Suite struct HabitTests {
    @Test func foldersAreNamedAfterConcepts() throws {
        let refused: Set<Substring> = ["Utils", "Util", "Utilities", "Helpers", "Helper", "Managers", "Manager", "Misc", "Common"]
        for file in try Repository.files(under: "Sources") + Repository.files(under: "Tests") {
            let folders = file.split(separator: "/").dropLast()
            #expect(refused.isDisjoint(with: folders), "\(file) lies in a folder that says nothing")
        }
    }

    @Test func filesStaySmall() throws {
        for file in try Repository.swiftFiles(under: "Sources") + Repository.swiftFiles(under: "Tests") {
            let lines = try lineCount(file)
            #expect(lines <= 600, "\(file) has \(lines) lines")
        }
    }

    @Test(arguments: ["README.md", "README.vi.md"])
    func readmeStaysReadable(file: String) throws {
        #expect(try lineCount(file) <= 200)
    }

    @Test func sourcesNeverCrashOnPurpose() throws {
        for file in try Repository.swiftFiles(under: "Sources") {
            let code = try SwiftCode(Repository.text(file))
            #expect(code.lines(matching: Self.crash) == [], "\(file) can crash on these lines")
        }
    }

    @Test func nothingIsLeftForLater() throws {
        for file in try Repository.swiftFiles(under: "Sources") {
            let left = try Repository.text(file).matches(of: #/\b(?:TODO|FIXME|XXX)\b/#).map { String($0.output) }
            #expect(left == [], "\(file) leaves something for later")
        }
    }

    @Test func crashesAreFoundInCodeAlone() {
        let code = SwiftCode(
            """
            let a = try! load() // not as! here
            /* fatalError( */ let b = "preconditionFailure()"
            let c = "\\(x as! Int)"
            fatalError ("no")
            let d = #"try! \\#(try! y) "#
            """)
        #expect(code.lines(matching: Self.crash) == [1, 3, 4, 5])
    }

    private static var crash: Regex<Substring> { #/\btry!|\bas!|\b(?:fatalError|preconditionFailure)\s*\(/# }

    private func lineCount(_ file: String) throws -> Int {
        try Repository.text(file).split(separator: "\n", omittingEmptySubsequences: false).count - 1
    }
}
