import Sandbox

/// A campaign and the commands that bring it to its end; some of its requests and replies are lost on the way.
enum KillScenario: String, CaseIterable, Sendable {
    /// Two chains of upload, picture, upscale and clip.
    case chains
    /// The same; the campaign's state is gone after the first kill.
    case lostState
    /// The same; from the first kill on the manifest asks for one of the chains alone, until a run has ended by itself.
    case cutManifest
    /// A picture that a person chooses before its upscale is paid for.
    case choice
    /// The same, and the upscale is made anew.
    case again

    /// What is typed, one after the other, each until it ends by itself.
    var commands: [[String]] {
        switch self {
        case .chains, .lostState: [Self.run]
        case .cutManifest: [Self.run, Self.run]
        case .choice: Self.choosing
        case .again: Self.choosing + [Self.run + ["--rerun", "hd"]]
        }
    }

    /// How many of the first commands nobody kills.
    var unharmed: Int { self == .again ? Self.choosing.count : 0 }

    private var isChoosing: Bool { self == .choice || self == .again }

    private static let choosing = [run, ["pick", "campaign.yaml", "scene"], run]

    static let run = ["run", "campaign.yaml", "--yes", "--progress", "none"]

    /// The reply to the first picture is lost, and so is the request for one of the upscales.
    var faults: [FaultRule] {
        [
            FaultRule(.closeAfterAccepting, at: isChoosing ? .textToImage : .referenceToImage, requests: [1]),
            FaultRule(.closeBeforeAccepting, at: .upscaleImage, requests: [2]),
        ]
    }

    /// How many results there are in the end.
    var results: Int { isChoosing ? 2 : 6 }

    func campaign(_ kind: RecoveryKind, isCut: Bool = false) -> String {
        """
        flowbatch: 1
        name: test
        provider: flow
        providers: { flow: { prices: { video: 5000 VND }, \(kind.overlay) } }
        steps:

        """ + (isChoosing ? Self.chosen : isCut ? Self.chain.replacing(#""16:9", "#, with: "") : Self.chain)
    }

    private static let chain = """
          product:
            uses: upload
            with: { file: product.png }
          scene:
            uses: r2i
            for_each: { ratio: ["16:9", "9:16"] }
            with: { prompt: "a shelf ${{ each.ratio }}", references: ["${{ steps.product.file }}"], aspect_ratio: "${{ each.ratio }}" }
          hd:
            uses: upscale
            for_each: ${{ steps.scene.images }}
            with: { image: "${{ each.item }}", resolution: 4K }
          clip:
            uses: i2v
            for_each: ${{ steps.hd.images }}
            with: { image: "${{ each.item }}", prompt: slow push-in, aspect_ratio: "${{ each.ratio }}" }
            save: clips/${{ each.ratio | slug }}.mp4
        """

    private static let chosen = """
          scene:
            uses: t2i
            pick: manual
            with: { prompt: a shelf }
          hd:
            uses: upscale
            for_each: ${{ steps.scene.images }}
            with: { image: "${{ each.item }}", resolution: 4K }
        """
}
