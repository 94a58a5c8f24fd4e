import Foundation
import Pipeline
import Testing

@testable import Manifest

@Suite struct GlobTests {
    /// A folder of files, and links to folders as `name -> target`.
    private static func entries(_ files: [String], links: [String: String] = [:]) -> (String) throws -> [FolderEntry] {
        { folder in
            var entries: Set<FolderEntry> = []
            let prefix = folder.isEmpty ? "" : (links[folder] ?? folder) + "/"
            for file in files where file.hasPrefix(prefix) {
                let parts = file.dropFirst(prefix.count).split(separator: "/")
                if let name = parts.first { entries.insert(FolderEntry(name: String(name), isFolder: parts.count > 1)) }
            }
            for link in links.keys where link.hasPrefix(prefix) && !link.dropFirst(prefix.count).contains("/") {
                entries.insert(FolderEntry(name: String(link.dropFirst(prefix.count)), isFolder: true, isLink: true))
            }
            if entries.isEmpty { throw InputFileProblem.missing }
            return entries.shuffled()
        }
    }

    private func found(_ pattern: String, in files: [String], links: [String: String] = [:]) throws -> [String] {
        var search = GlobSearch(limit: 1000, entries: Self.entries(files, links: links))
        return try search.files(of: GlobPattern(pattern))
    }

    private static let tree = [
        "a.png", "b.jpg", "assets/a.png", "assets/b.PNG", "assets/b10.png", "assets/b2.png", "assets/sub/c.png", "assets/sub/deep/d.png",
        "assets/.hidden.png", ".git/e.png", "outputs/summer/f.png", "assets/[1].png", "assets/đẹp.png",
    ]

    static let patterns: [(String, [String])] = [
        ("*.png", ["a.png"]),
        ("assets/a.png", ["assets/a.png"]),
        ("assets/*.png", ["assets/[1].png", "assets/a.png", "assets/b10.png", "assets/b2.png", "assets/đẹp.png"]),
        ("./assets/b?.png", ["assets/b2.png"]),
        ("assets/[a-b]*.png", ["assets/a.png", "assets/b10.png", "assets/b2.png"]),
        ("assets/[!a-b]*.png", ["assets/[1].png", "assets/đẹp.png"]),
        ("assets/[[]1].png", ["assets/[1].png"]),
        ("assets/???.png", ["assets/[1].png", "assets/b10.png", "assets/đẹp.png"]),
        ("*/a.png", ["assets/a.png"]),
        ("**/c.png", ["assets/sub/c.png"]),
        ("assets/**/?.png", ["assets/a.png", "assets/sub/c.png", "assets/sub/deep/d.png"]),
        ("assets/sub/**", ["assets/sub/c.png", "assets/sub/deep/d.png"]),
        ("**/*.{jpg,PNG}", ["assets/b.PNG", "b.jpg"]),
        ("{a,b}.*", ["a.png", "b.jpg"]),
        ("**/**/d.png", ["assets/sub/deep/d.png"]),
        ("assets/.*.png", []),
        ("assets/.hidden.png", ["assets/.hidden.png"]),
        ("**/e.png", []),
        ("**/f.png", []),
        ("outputs/*/f.png", ["outputs/summer/f.png"]),
        ("nothing/*.png", []),
    ]

    @Test(arguments: patterns)
    func finds(_ pattern: String, _ expected: [String]) throws {
        #expect(try found(pattern, in: Self.tree) == expected)
    }

    /// What is one name to a reader is one name to a pattern, whichever form a file system keeps it in.
    @Test func lettersMatchInEitherForm() throws {
        let decomposed = "assets/" + "đẹp".decomposedStringWithCanonicalMapping + ".png"
        #expect(try found("assets/đẹp.png", in: [decomposed]).count == 1)
        #expect(try found("assets/đ?p.png", in: [decomposed]).count == 1)
    }

    @Test func linksAreNotFollowedInCircles() throws {
        let links = ["assets/loop": "assets", "shared": "assets"]
        #expect(try found("**/a.png", in: ["assets/a.png"], links: links) == ["assets/a.png"])
        #expect(try found("shared/a.png", in: ["assets/a.png"], links: links) == ["shared/a.png"])
        #expect(try found("assets/*/a.png", in: ["assets/a.png"], links: links) == ["assets/loop/a.png"])
    }

    @Test func depthAndNumberAreBounded() throws {
        let deep = (0..<40).map { "d\($0)" }.joined(separator: "/") + "/a.png"
        #expect(throws: GlobSearch.Problem.self) { try found("**/a.png", in: [deep]) }
        var search = GlobSearch(limit: 1000, entries: Self.entries(Self.tree))
        search.mostEntries = 3
        #expect(throws: GlobSearch.Problem.tooMany) { try search.files(of: GlobPattern("**")) }
    }

    /// Folders that `**/**/…` reaches in ever so many ways are searched once a way of going on.
    @Test func manyWaysToOneFolderAreOne() throws {
        let files = (9..<15).map { Array(repeating: "x", count: $0).joined(separator: "/") + "/a.png" }
        let pattern = Array(repeating: "**/*", count: 8).joined(separator: "/") + "/a.png"
        #expect(try found(pattern, in: files).count == 6)
    }

    static let broken: [(String, String)] = [
        ("", "it is empty"), ("assets/", "it ends with `/`"), ("a//b", "it holds an empty folder name"), (".", "it names no file"),
        ("a**b", "`**` stands for whole folders"), ("a[b", "a `[` is not closed"), ("[z-a]", "the range `z-a` is empty"),
        ("a{b", "its braces don't pair"), ("a}b", "its braces don't pair"), ("{a{b}}", "its braces don't pair"),
        ("assets\\*.png", "`\\` is no separator here"),
        (String(repeating: "{a,b}", count: 8), "its braces stand for more than 64 patterns"),
    ]

    @Test(arguments: broken)
    func isRefused(_ pattern: String, _ cause: String) {
        do {
            _ = try GlobPattern(pattern)
            Issue.record("was read")
        } catch {
            #expect(error.cause == cause)
        }
    }

    @Test func anyPatternEndsQuickly() throws {
        let seed = ProcessInfo.processInfo.environment["FLOWBATCH_SEED"].flatMap(UInt64.init) ?? UInt64.random(in: .min ... .max)
        var random = SeededRandom(seed: seed)
        let pieces = ["*", "**", "?", "[", "]", "[a-z]", "!", "{", "}", ",", "/", "a", ".", "đ", "-", "\\"]
        for round in 0..<500 {
            let text = (0..<Int.random(in: 0...24, using: &random)).map { _ in pieces[Int.random(in: 0..<pieces.count, using: &random)] }
                .joined()
            guard let pattern = try? GlobPattern(text) else { continue }
            var search = GlobSearch(limit: 1000, entries: Self.entries(Self.tree))
            let files = try search.files(of: pattern)
            #expect(Set(files).isSubset(of: Set(Self.tree)), "seed \(seed), round \(round): \(text)")
        }
        let name = try NamePattern(Substring(String(repeating: "*a", count: 200) + "b"))
        #expect(!name.matches(String(repeating: "a", count: 4000)))
    }
}
