import Pipeline

extension ManifestCode {
    /// Consent to the environment, and the files that steps fan out over.
    static let inputExplanations: [CodeExplanation] = [
        CodeExplanation(
            environmentNotSet, "An environment variable that is not set",
            """
            The campaign lists the variable and the command allows it, but the environment has none of that name. An expression \
            can say what to take then.
            """,
            wrong: """
                # flowbatch validate campaign.yaml --env UNSET_SEASON
                env: [UNSET_SEASON]
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "a bottle in ${{ env.UNSET_SEASON }}" }
                """,
            right: """
                # flowbatch validate campaign.yaml --env UNSET_SEASON
                env: [UNSET_SEASON]
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "a bottle in ${{ env.UNSET_SEASON | default('summer') }}" }
                """),
        CodeExplanation(
            environmentAllowedNotListed, "An environment variable that is allowed and not listed",
            """
            `--env NAME` allows what the campaign asks for under `env`. A name that it does not ask for is most likely misspelt in \
            one of the two places.
            """,
            wrong: """
                # flowbatch validate campaign.yaml --env SEASONS
                env: [SEASON]
                """,
            right: """
                # flowbatch validate campaign.yaml --env SEASON
                env: [SEASON]
                """),
        CodeExplanation(
            otherExpressionMark, "What other tools take for an expression",
            """
            Only `${{ … }}` is an expression. Anything else is text and would be sent to the provider, and paid, as it is written.
            """,
            wrong: """
                vars: { product: serum }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "{{ vars.product }} on a shelf" }
                """,
            right: """
                vars: { product: serum }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "${{ vars.product }} on a shelf" }
                """),
        CodeExplanation(
            badTable, "A CSV file that cannot be read as one",
            """
            A CSV file is UTF-8 text, at most 128 MiB. A cell with a delimiter, a line end or a quote in it stands in quotes, and a \
            quote in it is written twice.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { csv: open-quote.csv }
                    with: { prompt: "${{ each.name }} on a shelf" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { csv: products.csv }
                    with: { prompt: "${{ each.name }} on a shelf" }
                """),
        CodeExplanation(
            badTableHeader, "A CSV file whose header cannot name axes",
            """
            The first line names the columns, and `each.NAME` reads them. So every column has a name, each another, that \
            expressions can write, and none is called `item`, `index` or `number`.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { csv: same-columns.csv }
                    with: { prompt: "${{ each.name }} on a shelf" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { csv: products.csv }
                    with: { prompt: "${{ each.name }} on a shelf" }
                """),
        CodeExplanation(
            badTableRow, "A row with more or fewer cells than the header",
            """
            Every row has one cell a column. One too many is mostly a delimiter in a cell without quotes; with one too few it is \
            not clear which is missing.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { csv: ragged.csv }
                    with: { prompt: "${{ each.name }} on a shelf" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { csv: products.csv }
                    with: { prompt: "${{ each.name }} on a shelf" }
                """),
        CodeExplanation(
            inputOutside, "A CSV file or pattern outside the manifest's folder",
            """
            What a CSV file holds becomes prompts, and what a pattern finds is uploaded. So that a campaign from elsewhere cannot \
            reach files that have nothing to do with it, both stay in the folder of the manifest or below it; links that lead out of it are refused.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { csv: ../products.csv }
                    with: { prompt: "${{ each.name }} on a shelf" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { csv: products.csv }
                    with: { prompt: "${{ each.name }} on a shelf" }
                """),
        CodeExplanation(
            badPattern, "A file pattern that cannot be read",
            """
            `*` and `?` stand for characters of a name, `[a-z]` for one of several, `{png,jpg}` for alternatives, and `**` between \
            slashes for any folders.
            """,
            wrong: """
                steps:
                  pictures:
                    uses: upload
                    for_each: { glob: "assets/[a-z.png" }
                    with: { file: "${{ each.item }}" }
                """,
            right: """
                steps:
                  pictures:
                    uses: upload
                    for_each: { glob: "assets/*.png" }
                    with: { file: "${{ each.item }}" }
                """),
        CodeExplanation(
            noFileMatches, "A file pattern that no file fits",
            """
            A step that fans out over no file would do nothing, which is hardly meant. Names that start with a dot, and the folder \
            `outputs`, are found only where the pattern names them.
            """,
            wrong: """
                steps:
                  pictures:
                    uses: upload
                    for_each: { glob: "assets/*.gif" }
                    with: { file: "${{ each.item }}" }
                """,
            right: """
                steps:
                  pictures:
                    uses: upload
                    for_each: { glob: "assets/*.png" }
                    with: { file: "${{ each.item }}" }
                """),
        CodeExplanation(
            patternTooWide, "A file pattern that looks at too much",
            """
            A pattern looks at 200,000 files and folders at most, 32 folders deep.
            """,
            wrong: """
                steps:
                  pictures:
                    uses: upload
                    for_each: { glob: "deep/**/*.png" }
                    with: { file: "${{ each.item }}" }
                """,
            right: """
                steps:
                  pictures:
                    uses: upload
                    for_each: { glob: "assets/*.png" }
                    with: { file: "${{ each.item }}" }
                """),
    ]
}
