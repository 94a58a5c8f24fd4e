import Pipeline

extension ManifestCode {
    /// FB139x.
    static let mediaExplanations: [CodeExplanation] = [
        CodeExplanation(
            notMedia, "Not a picture",
            """
            `file`, `image`, `images`, `references` and `mask` take a step's output, a path relative to the campaign, or an `https` address. Pictures \
            cannot stand within `extra` or another mapping.
            """,
            wrong: """
                steps:
                  scene:
                    uses: r2i
                    with: { prompt: a bottle like this, references: [2] }
                """,
            right: """
                steps:
                  scene:
                    uses: r2i
                    with: { prompt: a bottle like this, references: [serum.png] }
                """),
        CodeExplanation(
            insecureURL, "An address that is not https",
            """
            Providers fetch pictures over `https`. Anything else could be read or replaced on its way, or be an address within somebody's own \
            network.
            """,
            wrong: """
                steps:
                  scene:
                    uses: r2i
                    with: { prompt: a bottle like this, references: ["http://example.com/serum.png"] }
                """,
            right: """
                steps:
                  scene:
                    uses: r2i
                    with: { prompt: a bottle like this, references: [serum.png] }
                """),
        CodeExplanation(
            wrongMediaKind, "A clip where a picture is expected",
            """
            The parameter takes pictures, and this is the clip that a step makes.
            """,
            wrong: """
                steps:
                  clip:
                    uses: t2v
                    with: { prompt: waves at the beach }
                  hd:
                    uses: upscale
                    with: { image: "${{ steps.clip.video }}" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: waves at the beach }
                  hd:
                    uses: upscale
                    with: { image: "${{ steps.scene.image }}" }
                """),
    ]

    /// FB14xx.
    static let graphExplanations: [CodeExplanation] = [
        CodeExplanation(
            cycle, "Steps that wait for each other",
            """
            A step waits for the steps it refers to and those it `needs`. Here that leads back to the step itself, so none of them could ever start.
            """,
            wrong: """
                steps:
                  a:
                    uses: upscale
                    with: { image: "${{ steps.b.image }}" }
                  b:
                    uses: upscale
                    with: { image: "${{ steps.a.image }}" }
                """,
            right: """
                steps:
                  a:
                    uses: t2i
                    with: { prompt: a bottle on a shelf }
                  b:
                    uses: upscale
                    with: { image: "${{ steps.a.image }}" }
                """),
        CodeExplanation(
            tooManyInstances, "Too many instances",
            """
            Axes multiply. A campaign has at most a million instances and four million outputs; more is nearly always an axis too many, and \
            would cost accordingly.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    for_each:
                      a: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
                      b: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
                      c: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
                      d: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
                      e: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
                      f: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
                      g: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
                    with: { prompt: "${{ each.a }}${{ each.b }}${{ each.c }}${{ each.d }}${{ each.e }}${{ each.f }}${{ each.g }}" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    for_each:
                      a: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
                      b: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
                    with: { prompt: "${{ each.a }}${{ each.b }}" }
                """),
        CodeExplanation(
            notAList, "A fan-out over what is no list",
            """
            `for_each` takes a list, axes, or an expression that yields a list; each axis takes a list too.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { ratio: "16:9" }
                    with: { prompt: a bottle, aspect_ratio: "${{ each.ratio }}" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { ratio: ["16:9"] }
                    with: { prompt: a bottle, aspect_ratio: "${{ each.ratio }}" }
                """),
        CodeExplanation(
            emptyFanOut, "A fan-out over nothing",
            """
            A step that fans out over an empty list has no instance and does nothing. Written that way it is refused; where a variable or file happens \
            to be empty, it is a warning.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    for_each: []
                    with: { prompt: a bottle }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    for_each: [on a shelf, at the beach]
                    with: { prompt: "a bottle ${{ each.item }}" }
                """),
        CodeExplanation(
            axisClash, "Two axes of one name",
            """
            The axes of a step come along with its outputs. A step that fans out over them and has an axis of that name itself would have two, and \
            `each.NAME` could mean either.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { ratio: ["16:9", "9:16"] }
                    with: { prompt: a bottle, aspect_ratio: "${{ each.ratio }}" }
                  clip:
                    uses: i2v
                    for_each: { picture: "${{ steps.scene.images }}", ratio: ["16:9", "9:16"] }
                    with: { image: "${{ each.picture }}", prompt: slow push-in, aspect_ratio: "${{ each.ratio }}" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { ratio: ["16:9", "9:16"] }
                    with: { prompt: a bottle, aspect_ratio: "${{ each.ratio }}" }
                  clip:
                    uses: i2v
                    for_each: ${{ steps.scene.images }}
                    with: { image: "${{ each.item }}", prompt: slow push-in, aspect_ratio: "${{ each.ratio }}" }
                """),
        CodeExplanation(
            badCombination, "A combination that does not fit the axes",
            """
            An entry of `exclude` or `include` names axes of the same `for_each`. An `include` names all of them: what is added is one whole \
            combination.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    for_each:
                      ratio: ["16:9", "9:16"]
                      place: [shelf, beach]
                      exclude: [{ ration: "9:16" }]
                    with: { prompt: "a bottle, ${{ each.place }}", aspect_ratio: "${{ each.ratio }}" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    for_each:
                      ratio: ["16:9", "9:16"]
                      place: [shelf, beach]
                      exclude: [{ ratio: "9:16", place: beach }]
                    with: { prompt: "a bottle, ${{ each.place }}", aspect_ratio: "${{ each.ratio }}" }
                """),
        CodeExplanation(
            excludesNothing, "An exclude that drops nothing",
            """
            No combination has these values, so what was to be left out would be made and paid. Values have to be those of the axes, of the same \
            type: `4` is not `"4"`.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    for_each:
                      ratio: ["16:9", "9:16"]
                      place: [shelf, beach]
                      exclude: [{ place: forest }]
                    with: { prompt: "a bottle, ${{ each.place }}", aspect_ratio: "${{ each.ratio }}" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    for_each:
                      ratio: ["16:9", "9:16"]
                      place: [shelf, beach]
                      exclude: [{ place: beach, ratio: "16:9" }]
                    with: { prompt: "a bottle, ${{ each.place }}", aspect_ratio: "${{ each.ratio }}" }
                """),
        CodeExplanation(
            tooManyConnections, "Too many connections",
            """
            Each instance that takes the outputs of each instance of another step is a connection. A campaign has at most twenty million. Where every \
            clip needs only its own picture, fan out over the pictures and take `each.item`.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { a: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], b: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], c: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], d: [0, 1, 2, 3, 4] }
                    with: { prompt: "${{ each.a }}${{ each.b }}${{ each.c }}${{ each.d }}" }
                  other:
                    uses: t2i
                    needs: scene
                    for_each: { a: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], b: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], c: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], d: [0, 1, 2, 3, 4] }
                    with: { prompt: "other ${{ each.a }}${{ each.b }}${{ each.c }}${{ each.d }}" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { a: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], b: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }
                    with: { prompt: "${{ each.a }}${{ each.b }}" }
                  hd:
                    uses: upscale
                    for_each: ${{ steps.scene.images }}
                    with: { image: "${{ each.item }}" }
                """),
        CodeExplanation(
            repeatedCombination, "An include that is there already",
            """
            The axes make this combination by themselves. Added once more it would be made, and paid, twice. For two pictures of one thing there is \
            `count: 2`.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    for_each:
                      ratio: ["16:9", "9:16"]
                      include: [{ ratio: "9:16" }]
                    with: { prompt: a bottle, aspect_ratio: "${{ each.ratio }}" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    for_each:
                      ratio: ["16:9", "9:16"]
                      include: [{ ratio: "1:1" }]
                    with: { prompt: a bottle, aspect_ratio: "${{ each.ratio }}" }
                """),
        CodeExplanation(
            accountClash, "Two providers that are one account",
            """
            Limits, slots and daily counters belong to an account. Two entries of `providers:` with the same provider and label would each keep \
            books of their own for it, and together exceed the limit.
            """,
            wrong: """
                providers:
                  flow: { plan: prepaid }
                  flow-b: { definition: flow, plan: turbo }
                """,
            right: """
                providers:
                  flow: { plan: prepaid }
                  flow-b: { definition: flow, account: b, key_env: FLOW_B_API_KEY, plan: turbo }
                """),
        CodeExplanation(
            sharedKey, "Two accounts with one key",
            """
            Two entries of `providers:` have labels of their own, but their keys come from the same environment variable. To the provider they are one \
            account, while slots, requests and daily images would be counted for each, and together exceed its limits. Name the variable of the second \
            key with `key_env:`.
            """,
            wrong: """
                providers:
                  flow: { plan: prepaid }
                  flow-b: { definition: flow, account: b, plan: turbo }
                """,
            right: """
                providers:
                  flow: { plan: prepaid }
                  flow-b: { definition: flow, account: b, key_env: FLOW_B_API_KEY, plan: turbo }
                """),
        CodeExplanation(
            keyVariable, "A variable that no key may come from",
            """
            What the variable under `key_env:` holds is sent to the provider. So that a campaign from somebody else cannot send it the secret of another \
            service, the name has to be that of a key of this provider: its prefix in front (`FLOW_`), `_KEY` behind, in capital letters.
            """,
            wrong: """
                providers:
                  flow-b: { definition: flow, account: b, key_env: AWS_SECRET_ACCESS_KEY }
                """,
            right: """
                providers:
                  flow-b: { definition: flow, account: b, key_env: FLOW_B_API_KEY }
                """),
        CodeExplanation(
            tooManyAxes, "Too many axes",
            """
            A step has at most 64 axes, those that come along with outputs counted. Values that go together (a product's name and its price) are one \
            axis of mappings: `each.product.name`.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { a1: [0], a2: [0], a3: [0], a4: [0], a5: [0], a6: [0], a7: [0], a8: [0], b1: [0], b2: [0], b3: [0], b4: [0], b5: [0],
                      b6: [0], b7: [0], b8: [0], c1: [0], c2: [0], c3: [0], c4: [0], c5: [0], c6: [0], c7: [0], c8: [0], d1: [0], d2: [0], d3: [0],
                      d4: [0], d5: [0], d6: [0], d7: [0], d8: [0], e1: [0], e2: [0], e3: [0], e4: [0], e5: [0], e6: [0], e7: [0], e8: [0], f1: [0],
                      f2: [0], f3: [0], f4: [0], f5: [0], f6: [0], f7: [0], f8: [0], g1: [0], g2: [0], g3: [0], g4: [0], g5: [0], g6: [0], g7: [0],
                      g8: [0], h1: [0], h2: [0], h3: [0], h4: [0], h5: [0], h6: [0], h7: [0], h8: [0], i1: [0] }
                    with: { prompt: a bottle }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    for_each:
                      product: [{ name: Lụa Serum, place: on a shelf }, { name: Sun Cream, place: at the beach }]
                    with: { prompt: "${{ each.product.name }} ${{ each.product.place }}" }
                """),
    ]
}
