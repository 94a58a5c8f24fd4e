import Foundation
import Sandbox
import Testing

/// What goes on beside a failure, with the built program.
@Suite struct ContinueTests {
    @Test("`continue` lets `needs` dependents run, and lists take what exists")
    func aFilmIsMadeOfThePictureThatIsThere() async throws {
        let workspace = try Workspace()
        try workspace.write(
            """
            flowbatch: 1
            name: test
            provider: flow
            providers: { flow: { prices: { video: 5000 VND } } }
            steps:
              picture:
                uses: t2i
                for_each: [cat, dog]
                on_failure: continue
                with: { prompt: "a ${{ each.item }}" }
              film:
                uses: r2v
                with: { prompt: film, references: "${{ steps.picture.images }}" }
              after:
                uses: r2i
                needs: [picture]
                with: { prompt: after, references: [product.png] }
            """)
        try workspace.write(#"{"faults": [{"fault": "fail_job", "endpoint": "text-to-image", "requests": [1]}]}"#, to: "faults.json")
        let result = try await Flowbatch.runSandbox(workspace, ["--faults", "faults.json"])
        #expect(result.exitCode == 1, "\(result.everything)")
        let steps = try workspace.summary().steps
        #expect(steps.filter { $0.status == "succeeded" }.map(\.step).sorted() == ["after", "film", "picture"])
        #expect(steps.filter { $0.status == "failed" }.map(\.step) == ["picture"])
        let survivor = try #require(steps.first { $0.step == "picture" && $0.status == "succeeded" }?.artifacts.first?.path)
        let picture = try Data(contentsOf: workspace.url("outputs/test-sandbox/" + survivor))

        // The film was sent one picture, and that one: the server keeps what it was given.
        let film = try #require(try await workspace.ledger().entries.first { $0.type == "multi-ref-video" })
        #expect(film.imagePaths.count == 1)
        let sent = try #require(film.imagePaths.first?.split(separator: "/").last?.split(separator: ".").first)
        let uploads = workspace.files().filter { $0.path.contains("/server/uploads/") }
        #expect(uploads.count == 2, "the product and the picture")
        let uploaded = try #require(uploads.first { $0.lastPathComponent.hasPrefix(sent) })
        #expect(try Data(contentsOf: uploaded) == picture)
    }
}
