import Pipeline

extension ManifestCode {
    /// FB12xx.
    static let expressionExplanations: [CodeExplanation] = [
        CodeExplanation(
            unterminatedExpression, "An expression that is not closed",
            """
            `${{` opens an expression and `}}` closes it. The same holds for a text in quotes within it.
            """,
            wrong: """
                vars: { product: Lụa Serum }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ vars.product on a shelf" }
                """,
            right: """
                vars: { product: Lụa Serum }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ vars.product }} on a shelf" }
                """),
        CodeExplanation(
            syntax, "Not an expression",
            """
            Expressions have names (`vars.product`), texts in quotes, numbers, comparisons (`==`, `!=`, `<`, `<=`, `>`, `>=`), `&&`, `||`, `!`, \
            brackets, and pipes (`| slug`). There is no arithmetic and no code of your own.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { ratio: ["16:9", "9:16"] }
                    if: each.ratio = "16:9"
                    with: { prompt: a bottle, aspect_ratio: "${{ each.ratio }}" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { ratio: ["16:9", "9:16"] }
                    if: each.ratio == "16:9"
                    with: { prompt: a bottle, aspect_ratio: "${{ each.ratio }}" }
                """),
        CodeExplanation(
            expressionTooLarge, "An expression that is too large",
            """
            An expression is longer, or nested deeper, than any that people write. Say parts of it under `vars`, and put texts outside `${{ }}`.
            """,
            wrong: """
                vars:
                  deep: ${{ ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((("x"))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))) }}
                """,
            right: """
                vars:
                  deep: ${{ "x" }}
                """),
        CodeExplanation(
            unknownName, "A name that expressions do not know",
            """
            A name starts with where it comes from: `vars.`, `env.`, `each.` or `steps.`. A word alone means nothing.
            """,
            wrong: """
                vars: { product: Lụa Serum }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ product }} on a shelf" }
                """,
            right: """
                vars: { product: Lụa Serum }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ vars.product }} on a shelf" }
                """),
        CodeExplanation(
            unknownVariable, "A variable that does not exist",
            """
            `vars.NAME` reads a value that `vars:` defines, further up where one variable refers to another. Also `--var` only sets what is \
            defined there.
            """,
            wrong: """
                vars: { product: Lụa Serum }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ vars.produkt }} on a shelf" }
                """,
            right: """
                vars: { product: Lụa Serum }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ vars.product }} on a shelf" }
                """),
        CodeExplanation(
            environmentNotListed, "An environment variable that is not listed",
            """
            `env:` lists the variables a campaign reads, so that whoever runs it sees what leaves the machine; `--env NAME` then allows each. \
            Neither alone is enough.
            """,
            wrong: """
                # flowbatch validate campaign.yaml --env PRODUCT
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ env.PRODUCT }} on a shelf" }
                """,
            right: """
                # flowbatch validate campaign.yaml --env PRODUCT
                env: [PRODUCT]
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ env.PRODUCT }} on a shelf" }
                """),
        CodeExplanation(
            environmentNotGiven, "An environment variable that was not allowed, or is not set",
            """
            The campaign lists the variable, but the command does not allow it with `--env NAME`, or it is not set. A campaign reads nothing of \
            your environment that you did not name yourself.
            """,
            wrong: """
                env: [PRODUCT]
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ env.PRODUCT }} on a shelf" }
                """,
            right: """
                # flowbatch validate campaign.yaml --env PRODUCT
                env: [PRODUCT]
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ env.PRODUCT }} on a shelf" }
                """),
        CodeExplanation(
            environmentHeldBack, "An environment variable that is set and was not read",
            """
            The variable is set and the campaign lists it, but the command does not allow it with `--env NAME`, so `default` took its place. That \
            may be meant; but whoever set the variable for this campaign would pay for other results than wanted.
            """,
            wrong: """
                # MARKET=TH flowbatch validate campaign.yaml
                env: [MARKET]
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "a street in ${{ env.MARKET | default('Vietnam') }}" }
                """,
            right: """
                # flowbatch validate campaign.yaml --env MARKET
                env: [MARKET]
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "a street in ${{ env.MARKET | default('Vietnam') }}" }
                """),
        CodeExplanation(
            unknownStep, "A step that does not exist",
            """
            `steps.NAME` and `needs` refer to another step of the same campaign by its name.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf }
                  hd:
                    uses: upscale
                    with: { image: "${{ steps.scenes.image }}" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf }
                  hd:
                    uses: upscale
                    with: { image: "${{ steps.scene.image }}" }
                """),
        CodeExplanation(
            unknownOutput, "An output that the step does not have",
            """
            An upload gives `file`, a step that makes pictures `image` and `images`, one that makes clips `video` and `videos`.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf }
                  hd:
                    uses: upscale
                    with: { image: "${{ steps.scene.video }}" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf }
                  hd:
                    uses: upscale
                    with: { image: "${{ steps.scene.image }}" }
                """),
        CodeExplanation(
            unknownAxis, "An axis that the step does not have",
            """
            `each` has the axes of the step's own `for_each`, and those of the steps whose outputs it fans out over. `each.item` is there where \
            `for_each` is a list, `each.index` and `each.number` always. Without `for_each` there is no `each`.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { ratio: ["16:9", "9:16"] }
                    with: { prompt: "a bottle, ${{ each.place }}", aspect_ratio: "${{ each.ratio }}" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { ratio: ["16:9", "9:16"], place: [on a shelf, at the beach] }
                    with: { prompt: "a bottle, ${{ each.place }}", aspect_ratio: "${{ each.ratio }}" }
                """),
        CodeExplanation(
            unknownPipe, "A pipe that does not exist",
            """
            The pipes are `slug`, `lower`, `upper`, `stem`, `basename`, `join` and `default`. There are no others, and none can be defined.
            """,
            wrong: """
                vars: { product: Lụa Serum }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ vars.product | uppercase }}" }
                """,
            right: """
                vars: { product: Lụa Serum }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ vars.product | upper }}" }
                """),
        CodeExplanation(
            wrongPipeArguments, "A pipe with too many or too few arguments",
            """
            `default` takes what stands in for a value that is missing, `join` takes what stands between the elements; the others take nothing.
            """,
            wrong: """
                vars: { product: Lụa Serum, place: null }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ vars.product }} ${{ vars.place | default }}" }
                """,
            right: """
                vars: { product: Lụa Serum, place: null }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ vars.product }} ${{ vars.place | default('on a shelf') }}" }
                """),
        CodeExplanation(
            wrongOperand, "A value that an operator or pipe does not take",
            """
            `<` and its like order two numbers or two texts, `&&`, `||` and `!` take true and false, `slug` and its like take a text, and a list \
            cannot stand within a text unless `join` makes one of it. Nothing is converted behind your back.
            """,
            wrong: """
                vars: { places: [shelf, beach] }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "a bottle at ${{ vars.places }}" }
                """,
            right: """
                vars: { places: [shelf, beach] }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "a bottle at ${{ vars.places | join(' or ') }}" }
                """),
        CodeExplanation(
            notExactlyOneOutput, "One output of a step that has none or several",
            """
            `image`, `file` and `video` take the one output of a step. Where it has several, which is meant cannot be known: fan out over all of \
            them, or hand over the list where a list is taken.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf, count: 4 }
                  hd:
                    uses: upscale
                    with: { image: "${{ steps.scene.image }}" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf, count: 4 }
                  hd:
                    uses: upscale
                    for_each: ${{ steps.scene.images }}
                    with: { image: "${{ each.item }}" }
                """),
        CodeExplanation(
            notAllowedHere, "An expression where it has no meaning yet",
            """
            Some values have to be known before anything else is: names, providers, durations, amounts take no expression; `vars` sees only \
            `env` and the variables above it; `if` and `save` see no outputs of steps, because the whole graph is built before anything runs. \
            An upload saves nothing.
            """,
            wrong: """
                vars: { patience: 20m }
                steps:
                  scene:
                    uses: t2i
                    timeout: ${{ vars.patience }}
                    with: { prompt: a bottle on a shelf }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    timeout: 20m
                    with: { prompt: a bottle on a shelf }
                """),
        CodeExplanation(
            mediaInText, "A picture within a text",
            """
            The output of a step is a picture or a clip, not a text: it is handed over as a parameter of its own. The name of its file can stand \
            within a text, as `… | stem` or `… | basename`.
            """,
            wrong: """
                steps:
                  product:
                    uses: upload
                    with: { file: serum.png }
                  scene:
                    uses: t2i
                    with: { prompt: "a bottle like ${{ steps.product.file }}" }
                """,
            right: """
                steps:
                  product:
                    uses: upload
                    with: { file: serum.png }
                  scene:
                    uses: r2i
                    with: { prompt: a bottle like this, references: ["${{ steps.product.file }}"] }
                """),
        CodeExplanation(
            unknownProvider, "A provider that does not exist",
            """
            `provider:` names a built-in definition (`flowbatch providers` lists them), or an entry of `providers:`.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    provider: flwo
                    with: { prompt: a bottle on a shelf }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    provider: flow
                    with: { prompt: a bottle on a shelf }
                """),
        CodeExplanation(
            unknownOperation, "An operation that does not exist",
            """
            `uses` is one of `upload`, `t2i`, `r2i`, `edit`, `upscale`, `t2v`, `i2v`, `r2v`, or its long name, such as `text-to-image`. \
            `flowbatch providers NAME` shows which of them a provider has.
            """,
            wrong: """
                steps:
                  scene:
                    uses: text2image
                    with: { prompt: a bottle on a shelf }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf }
                """),
        CodeExplanation(
            variableWithoutValue, "A variable without a value",
            """
            The variable is there and nothing is in it. Within a text, nothing would be left of it without anybody noticing. Set it with `--var`, \
            or say what stands in for it.
            """,
            wrong: """
                vars: { product: null }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ vars.product }} on a shelf" }
                """,
            right: """
                # flowbatch validate campaign.yaml --var product=Serum
                vars: { product: null }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ vars.product }} on a shelf" }
                """),
        CodeExplanation(
            unknownVariableOnCommandLine, "A --var that the campaign does not have",
            """
            `--var NAME=VALUE` sets a variable that `vars:` defines. One that is not defined there is read by nothing, so it is misspelt.
            """,
            wrong: """
                # flowbatch validate campaign.yaml --var produkt=Serum
                vars: { product: Lụa Serum }
                """,
            right: """
                # flowbatch validate campaign.yaml --var product=Serum
                vars: { product: Lụa Serum }
                """),
        CodeExplanation(
            unknownMember, "A member that a value does not have",
            """
            `vars.product.name` looks for `name` within the mapping `vars.product`. It is not there, or the value is no mapping at all.
            """,
            wrong: """
                vars: { product: { name: Lụa Serum } }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ vars.product.title }} on a shelf" }
                """,
            right: """
                vars: { product: { name: Lụa Serum } }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ vars.product.name }} on a shelf" }
                """),
        CodeExplanation(
            conditionIsNotBoolean, "A condition that is neither true nor false",
            """
            `if` takes true or false. Whether a text or a number counts as true is not guessed: compare it.
            """,
            wrong: """
                vars: { season: summer }
                steps:
                  scene:
                    uses: t2i
                    if: vars.season
                    with: { prompt: a bottle at the beach }
                """,
            right: """
                vars: { season: summer }
                steps:
                  scene:
                    uses: t2i
                    if: vars.season == "summer"
                    with: { prompt: a bottle at the beach }
                """),
        CodeExplanation(
            unresolved, "A value that could not be worked out",
            """
            Something a parameter is made of could not be found out, and no other message says why. Nothing is planned on a guess. If there is no \
            other problem in the campaign, this is a mistake of the program: please report it with the campaign.
            """,
            wrong: "", right: ""),
    ]
}
