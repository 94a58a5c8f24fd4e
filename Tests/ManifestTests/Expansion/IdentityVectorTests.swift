import Pipeline
import Testing

@testable import Manifest

/// Identities of every kind of parameter, worked out by another program: a script in Python that hashes `json.dumps` of the description with
/// sorted keys. These digits are a promise: were they to change, every finished picture of every user would be paid again.
@Suite struct IdentityVectorTests {
    private static let campaign = #"""
        flowbatch: 1
        name: he-24
        provider: flow
        providers: { flow: { account: second } }
        vars: { none: null, price: 1.50 }
        steps:
          plain:
            uses: t2i
            for_each:
              text: ["Lụa \"x\"\\\n\ttab", "", "\x01é"]
            with:
              prompt: "p ${{ each.text }}"
              count: 3
              extra: { watermark: false, "é": { deep: [1, -2, 1.50, true, "a/b"] }, Z: 1e3, a: "${{ each.text }}" }
          twice:
            uses: t2i
            for_each: [same, same, other]
            with: { prompt: "${{ each.item }}", aspect_ratio: "9:16" }
          mixed:
            uses: r2i
            for_each: ${{ steps.plain.images }}
            with:
              prompt: "again ${{ each.text }}"
              references: ["${{ each.item }}"]
          all:
            uses: r2i
            with: { prompt: all, references: "${{ steps.twice.images }}" }
          large:
            uses: upscale
            for_each: ${{ steps.all.images }}
            with: { image: "${{ each.item }}", resolution: 2K }
        """#

    private static let vectors = [
        "959059e5953d55dff885d72b9db64e8d7579f9445f95ae1def72b022f62b2fc6",
        "209c3d825671d6b2be673e09e97204156a839cc750800c7b1fdaac681f553e8b",
        "2163d54fd37a50eb921a3fb5edf32fdc6e13d4234d5526d93bcdc04fe82e8f34",
        "bacaa6bc9a3b7e81ca9604d5a9e5f6bcd46cd03c88fef8f844458b7437ac79d1",
        "1d56b8fcec4a04fd6259112a257cd25726422fd32f94b81016147637b2233ed9",
        "9f6281765c5a1f31d8c67fa493b8a0f93acd8de20852e8b1a995f4c269a8a5da",
        "ee46bc091a900f3218b13c7b5f77a4f300ea6ca3b9d86ce27a025ffcb727d7fc",
        "47a2232642dd6badab620e28face14d470c864ff5c22f056ebdd79784be42f04",
        "996882026f2c82ff98212299d908ddd373b29f042fd654ea8a1533d043daa2a6",
        "50cfc5a848f7144ca9c0c832b74ae07f149230ced5c4dfec6b4fc83fa003ff1f",
        "e5b60ff970dd1b8f8d95d9fafb22b6a3574d5683dc768f18dfa4b71e86eb9ef3",
        "2b6d5626db8d21101245096b30ca8bde33ac985626d2b8e5a65d972851fa1d1f",
        "2eddc6c238acf6d170e4b0622bf679acfa9bc290f487b3cb592824efa0c94167",
        "ce132a1aa8f33e17d82ae1b4f230335770b767c52cbeb40d15ade4e4f4aedd3c",
        "a8dae5a513c0f585365be921ced2a9f991428a4e3224fa705503c85fabd25938",
        "17acbebbd3632ef424dd03ae9c31c8b354aa4138d464efff86af49385773eb6b",
        "2eb97c047c33bef966e61b178f1b3d164b00089e8a555f4e3786f8e6b69e8cfe",
    ]

    @Test func identitiesAreWhatAnotherProgramMakesOfThem() throws {
        #expect(try Campaigns.plan(Self.campaign).instances.map(\.identity.hex) == Self.vectors)
    }

    @Test func aRaisedGenerationToo() throws {
        let second = Identity(hex: Self.vectors[4])
        let plan = try Campaigns.plan(Self.campaign, generation: { $0 == second ? 2 : 0 })
        #expect(plan.instances[4].identity.hex == "636b188175fb84aa6f4d4c93aaead2d2f46b611bfd9bf13d1b014e8ffa26adf7")
        // What takes it is another instance, what does not is not.
        #expect(plan.instances[15].identity.hex != Self.vectors[15])
        #expect(plan.instances.prefix(4).map(\.identity.hex) == Array(Self.vectors.prefix(4)))
    }

    @Test func whatWasRaisedIsKnownAtGenerationZero() {
        let second = Identity(hex: Self.vectors[4])
        let compiled = Campaigns.compile(Self.campaign, generation: { $0 == second ? 2 : 0 })
        #expect(compiled.bases.prefix(15).map(\.hex) == Array(Self.vectors.prefix(15)))
        #expect(compiled.bases.count == compiled.plan?.instances.count)
    }
}
