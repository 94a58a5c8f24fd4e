import Foundation
import Pipeline
import Testing

@testable import Manifest

/// `for_each` over the rows of a CSV file and the files of a pattern.
@Suite struct FileFanOutTests {
    private static let products = "sku,name,ratio\nA-1,Lụa Serum,16:9\nA-2,\"Kem, dưỡng\",9:16\n"

    private func plan(
        _ forEach: String, prompt: String, more: String = "", head: String = "", files: [String: String], vars: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> Plan {
        let text = Campaigns.steps(
            "  a:\n    uses: t2i\n    for_each: \(forEach)\n    with: { prompt: \"\(prompt)\"\(more) }", head: head)
        return try Campaigns.plan(text, vars: vars, files: files, sourceLocation: sourceLocation)
    }

    @Test("`{ csv: file }`: columns become axes, one instance a row in file order")
    func columnsBecomeAxes() throws {
        let plan = try plan(
            "{ csv: data/products.csv }", prompt: "${{ each.name }} ${{ each.sku }} ${{ each.number }}",
            more: ", aspect_ratio: '${{ each.ratio }}'", files: ["data/products.csv": Self.products])
        #expect(plan.instances.map(\.prompt) == ["Lụa Serum A-1 1", "Kem, dưỡng A-2 2"])
        #expect(plan.instances.map(\.name) == ["a[A-1,Lụa Serum,16:9]", "a[A-2,Kem, dưỡng,9:16]"])
        #expect(plan.instances.map { $0.outputs[0].path } == ["a/a-1-lua-serum-16-9.png", "a/a-2-kem-duong-9-16.png"])
        #expect(plan.instances.map { $0.arguments["aspect_ratio"] } == [.value(.text("16:9")), .value(.text("9:16"))])
    }

    @Test func numbersOfCellsReachParametersThatTakeNumbers() throws {
        let plan = try plan(
            "{ csv: p.csv }", prompt: "${{ each.name }}", more: ", count: '${{ each.n }}'", files: ["p.csv": "name,n\nx,3\ny,\n"])
        #expect(plan.instances.map(\.outputs.count) == [3, 1], "an empty cell leaves the parameter out")
    }

    @Test func emptyCellsAreMissingValues() throws {
        let files = ["p.csv": "name,note\nx,soft light\ny,\n"]
        let plan = try plan("{ csv: p.csv }", prompt: "${{ each.name }}, ${{ each.note | default('daylight') }}", files: files)
        #expect(plan.instances.map(\.prompt) == ["x, soft light", "y, daylight"])
        #expect(Campaigns.codes(Campaigns.fanOut("{ csv: p.csv }", prompt: "${{ each.note }}"), files: files) == ["FB1303"])
        let kept = Campaigns.fanOut("{ csv: p.csv }", prompt: "${{ each.note }}", extra: "    if: each.note != null")
        #expect(try Campaigns.plan(kept, files: files).instances.map(\.prompt) == ["soft light"])
    }

    @Test func rowsAndAxesCombineInTheOrderOfTheText() throws {
        let files = ["p.csv": "sku\nA\nB\n"]
        let first = try plan("{ csv: p.csv, ratio: ['1:1', '16:9'] }", prompt: "${{ each.sku }} ${{ each.ratio }}", files: files)
        #expect(first.instances.map(\.prompt) == ["A 1:1", "A 16:9", "B 1:1", "B 16:9"])
        let last = try plan("{ ratio: ['1:1', '16:9'], csv: p.csv }", prompt: "${{ each.sku }} ${{ each.ratio }}", files: files)
        #expect(last.instances.map(\.prompt) == ["A 1:1", "B 1:1", "A 16:9", "B 16:9"])
    }

    @Test func excludeAndIncludeKnowColumns() throws {
        let plan = try plan(
            "{ csv: p.csv, exclude: [{ size: 12 }], include: [{ sku: C, size: 7 }] }", prompt: "${{ each.sku }}${{ each.size }}",
            files: ["p.csv": "sku,size\nA,12\nB,13\n"])
        #expect(plan.instances.map(\.prompt) == ["B13", "C7"])
        #expect(
            Campaigns.codes(
                Campaigns.fanOut("{ csv: p.csv, exclude: [{ sike: 1 }], include: [{ sku: C }] }"), files: ["p.csv": "sku,size\nA,12\n"])
                == [
                    "FB1406", "FB1406",
                ])
    }

    @Test func theFilesNameMayBeAnExpression() throws {
        let plan = try plan(
            "{ csv: 'data/${{ vars.market }}.csv', delimiter: ';' }", prompt: "${{ each.name }}", head: "vars: { market: vn }",
            files: ["data/vn.csv": "name\na;b\n".replacing("name", with: "name;x"), "data/de.csv": "name;x\nc;d\n"], vars: ["market": "de"])
        #expect(plan.instances.map(\.prompt) == ["c"])
    }

    /// An axis may be called what a file's keys are called, as long as its value is a list.
    @Test func listsStayAxes() throws {
        let plan = try plan(
            "{ csv: [a], glob: [b], delimiter: [c] }", prompt: "${{ each.csv }}${{ each.glob }}${{ each.delimiter }}", files: [:])
        #expect(plan.instances.map(\.prompt) == ["abc"])
    }

    @Test func outputsOfRowsBringTheirColumnsAlong() throws {
        let text = Campaigns.steps(
            """
              a:
                uses: t2i
                for_each: { csv: p.csv }
                with: { prompt: "${{ each.sku }}" }
              clip:
                uses: i2v
                for_each: ${{ steps.a.images }}
                with: { image: "${{ each.item }}", prompt: "${{ each.move }}" }
            """)
        let plan = try Campaigns.plan(text, files: ["p.csv": "sku,move\nA,push in\nB,pan\n"])
        #expect(plan.instances.map(\.prompt) == ["A", "B", "push in", "pan"])
    }

    /// Only what a changed row asks for is asked for anew.
    @Test func aChangedRowChangesItsInstanceOnly() throws {
        func identities(_ csv: String) throws -> [Identity] {
            try plan("{ csv: p.csv }", prompt: "${{ each.name }}", files: ["p.csv": csv]).instances.map(\.identity)
        }
        let before = try identities("sku,name\nA,serum\nB,cream\nC,oil\n")
        let after = try identities("sku,name\nA,serum\nB,lotion\nC,oil\n")
        #expect(zip(before, after).map { $0 == $1 } == [true, false, true])
        #expect(try identities("sku;name\r\nA;serum\r\nB;cream\r\nC;oil") == before, "another form of the same table re-pays nothing")
        #expect(Set(try identities("sku,name\nX,mask\nC,oil\nA,serum\nB,cream\n")).isSuperset(of: before))
        #expect(try identities("sku,name,note\nA,serum,1\nB,cream,2\nC,oil,3\n") == before, "a column that nothing uses changes nothing")
    }

    @Test("`{ glob: pattern }`: one instance a file, in the order of the paths")
    func filesAreItems() throws {
        let files = Dictionary(uniqueKeysWithValues: ["p/b.png", "p/a.png", "p/B.png", "p/.x.png", "p/note.txt"].map { ($0, "") })
        let text = Campaigns.steps(
            """
              scene:
                uses: r2i
                for_each: { glob: "p/*.png", ratio: ["1:1", "16:9"] }
                with:
                  prompt: "${{ each.item | stem }} ${{ each.item | basename }} ${{ each.number }}"
                  references: ["${{ each.item }}"]
                  aspect_ratio: ${{ each.ratio }}
              up:
                uses: upload
                for_each: { glob: p/*.png }
                with: { file: "${{ each.item }}" }
            """)
        let plan = try Campaigns.plan(text, files: files)
        #expect(
            plan.instances.prefix(6).map(\.prompt) == [
                "B B.png 1", "B B.png 2", "a a.png 3", "a a.png 4", "b b.png 5", "b b.png 6",
            ])
        #expect(plan.instances[2].name == "scene[a,1:1]")
        let references = plan.instances.prefix(6).flatMap { $0.arguments["references"]?.media ?? [] }
        let paths = references.map { if case .file(let file) = $0 { file.path } else { "" } }
        #expect(paths == ["B", "B", "a", "a", "b", "b"].map { "/campaigns/summer/p/\($0).png" })
        #expect(plan.transfers.count == 3)
    }

    @Test func filesOfOneNameAreToldApartByFolderAndExtension() throws {
        let files = Dictionary(uniqueKeysWithValues: ["p/x/a.png", "p/y/a.png", "p/y/a.jpg"].map { ($0, "") })
        let text = Campaigns.steps("  a: { uses: upscale, for_each: { glob: 'p/**/a.*' }, with: { image: '${{ each.item }}' } }")
        let plan = try Campaigns.plan(text, files: files)
        #expect(plan.instances.map(\.name) == ["a[x/a]", "a[y/a.jpg]", "a[y/a.png]"])
        #expect(plan.instances.map { $0.outputs[0].path } == ["a/x-a.png", "a/y-a-jpg.png", "a/y-a-png.png"])
    }

    @Test func excludeAndIncludeKnowTheFile() throws {
        let files = Dictionary(uniqueKeysWithValues: ["p/a.png", "p/b.png"].map { ($0, "") })
        let text = Campaigns.steps(
            "  a: { uses: upscale, for_each: { glob: 'p/*', exclude: [{ item: p/a.png }], include: [{ item: q/c.png }] }, with: { image: '${{ each.item }}' } }"
        )
        #expect(try Campaigns.plan(text, files: files).instances.map(\.name) == ["a[b]", "a[q/c.png]"])
    }

    /// A new file re-runs nothing, and a file under a new name is the file it was.
    @Test func identityIsTheFilesContent() throws {
        func identities(_ names: [String]) throws -> Set<Identity> {
            let text = Campaigns.steps("  a: { uses: upscale, for_each: { glob: 'p/*' }, with: { image: '${{ each.item }}' } }")
            let files = Dictionary(uniqueKeysWithValues: names.map { ("p/" + $0, "") })
            return Set(try Campaigns.plan(text, files: files).instances.map(\.identity))
        }
        let before = try identities(["b.png", "c.png"])
        #expect(try identities(["a.png", "b.png", "c.png"]).isSuperset(of: before))
        #expect(try identities(["copy-of-b.png", "c.png"]) == before)
    }

    @Test func problemsNameTheFilesLineAndThePlaceInTheManifest() throws {
        let text = Campaigns.fanOut("{ csv: data/p.csv }", prompt: "${{ each.name }} ${{ each.nmae }}")
        let compiled = Campaigns.compile(text, files: ["data/p.csv": "sku,name\nA,x\nB\n"])
        let problem = try #require(compiled.diagnostics.first)
        #expect(compiled.diagnostics.map(\.code) == ["FB1605"], "what hangs on the table is not complained about")
        #expect(problem.message == "`data/p.csv`, line 3, has 1 cell, the header names 2")
        #expect(
            problem.place?.start
                == SourcePosition(
                    line: 8, column: 22,
                    offset: text.utf8.count - "data/p.csv }\n    with: { prompt: '${{ each.name }} ${{ each.nmae }}' }\n\n".utf8.count))
        #expect(problem.notes.map { $0.place?.description } == ["data/p.csv:3:1"])
    }

    static let refused: [(String, [String])] = [
        ("{ csv: missing.csv }", ["FB1601"]), ("{ csv: broken.csv }", ["FB1602"]), ("{ csv: ../p.csv }", ["FB1606"]),
        ("{ csv: /etc/passwd }", ["FB1606"]), ("{ csv: 'https://example.com/p.csv' }", ["FB1606"]), ("{ csv: '~/p.csv' }", ["FB1606"]),
        ("{ csv: '' }", ["FB1606"]), ("{ csv: null }", ["FB1103"]), ("{ csv: { file: p.csv } }", ["FB1103"]),
        ("{ csv: p.csv, delimiter: ab }", ["FB1110"]), ("{ csv: p.csv, sku: [x] }", ["FB1405"]), ("{ csv: empty.csv }", ["FB1604"]),
        ("{ csv: p.csv, limit: 3 }", ["FB1403"]), ("products.csv", ["FB1403"]), ("'*.png'", ["FB1403"]),
        ("{ csv: '${{ each.item }}.csv' }", ["FB1215"]), ("{ csv: '${{ steps.a.image }}' }", ["FB1215"]),
        ("{ csv: '${{ vars.nope }}.csv' }", ["FB1205"]),
        ("{ glob: '../*.png' }", ["FB1606"]), ("{ glob: '{.,..}/*.png' }", ["FB1608"]), ("{ glob: 'pictures/*.gif' }", ["FB1608"]),
        ("{ glob: 'picture/*.png' }", ["FB1608"]), ("{ glob: 'pictures/[a.png' }", ["FB1607"]), ("{ glob: locked/*.png }", ["FB1602"]),
        ("{ glob: null }", ["FB1103"]),
    ]

    @Test(arguments: refused)
    func isRefused(_ forEach: String, _ codes: [String]) {
        let files = ["p.csv": "sku\nA\n", "empty.csv": "", "pictures/a.png": "", "locked/a.png": ""]
        let compiled = Campaigns.compile(Campaigns.fanOut(forEach), files: files)
        #expect(compiled.diagnostics.map(\.code) == codes, "\(compiled.diagnostics)")
        #expect(compiled.plan == nil)
        #expect(compiled.diagnostics.allSatisfy { $0.place != nil })
    }

    @Test func missingTablesCountAsMissingFiles() {
        #expect(Campaigns.compile(Campaigns.fanOut("{ csv: missing.csv }", prompt: "${{ each.x }}")).onlyFilesAreMissing)
        #expect(Campaigns.compile(Campaigns.fanOut("{ csv: broken.csv }")).onlyFilesAreMissing)
        #expect(!Campaigns.compile(Campaigns.fanOut("{ csv: p.csv }"), files: ["p.csv": "a,a\n"]).onlyFilesAreMissing)
    }

    @Test func aTableWithoutRowsDoesNothing() throws {
        let compiled = Campaigns.compile(Campaigns.fanOut("{ csv: p.csv }", prompt: "${{ each.a }}"), files: ["p.csv": "a\n"])
        #expect(compiled.plan?.instances.isEmpty == true)
        #expect(compiled.diagnostics.map(\.code) == ["FB1404"])
    }

    @Test func aFileIsReadOnceHoweverManyStepsUseIt() throws {
        final class Counter: @unchecked Sendable {
            // @unchecked Sendable because one compilation calls its closures one after the other.
            var reads = 0
        }
        let counter = Counter()
        let text = Campaigns.steps(
            ["a", "b", "c"].map { "  \($0): { uses: t2i, for_each: { csv: p.csv }, with: { prompt: '\($0) ${{ each.x }}' } }" }
                .joined(separator: "\n"))
        let compiled = Campaigns.compile(
            Array(text.utf8),
            options: CompileOptions(
                fileContents: { _, _ in
                    counter.reads += 1
                    return Array("x\n1\n2\n".utf8)
                }, fileDigest: { try Campaigns.digest($0) }))
        #expect(compiled.plan?.instances.count == 6)
        #expect(counter.reads == 1)
    }
}
