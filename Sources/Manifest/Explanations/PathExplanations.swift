import Pipeline

extension ManifestCode {
    /// FB15xx to FB17xx.
    static let pathExplanations: [CodeExplanation] = [
        CodeExplanation(
            badPath, "Not a path for an output",
            """
            Outputs stay below the output folder: no leading `/`, no `..`, and nothing that some file system does not take, such as `:` or a name \
            that Windows keeps for itself.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf }
                    save: ../pictures/shelf.png
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf }
                    save: pictures/shelf.png
                """),
        CodeExplanation(
            pathClash, "Two outputs with one path",
            """
            One would overwrite the other, and both were paid for. Paths that differ only in case or extension can be one file too. Tell them apart \
            with an axis, `each.number` or `output.number`.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { place: [shelf, beach] }
                    with: { prompt: "a bottle, ${{ each.place }}" }
                    save: pictures/bottle.png
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    for_each: { place: [shelf, beach] }
                    with: { prompt: "a bottle, ${{ each.place }}" }
                    save: pictures/${{ each.place }}.png
                """),
        CodeExplanation(
            pathIsFolder, "A file that is the folder of another",
            """
            One output's path is the folder another one is saved in. No file system has both.
            """,
            wrong: """
                steps:
                  shelf:
                    uses: t2i
                    with: { prompt: a bottle on a shelf }
                    save: bottle.png
                  beach:
                    uses: t2i
                    with: { prompt: a bottle at the beach }
                    save: bottle.png/beach.png
                """,
            right: """
                steps:
                  shelf:
                    uses: t2i
                    with: { prompt: a bottle on a shelf }
                    save: bottle/shelf.png
                  beach:
                    uses: t2i
                    with: { prompt: a bottle at the beach }
                    save: bottle/beach.png
                """),
        CodeExplanation(
            wrongExtension, "An extension of another kind of file",
            """
            A picture is saved as `.mp4`, or a clip as `.png`. The extension follows what the provider sends in the end, so the file would be called \
            something else.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf }
                    save: shelf.mp4
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf }
                    save: shelf.png
                """),
        CodeExplanation(
            missingFile, "A file that is not there",
            """
            Paths are relative to the campaign's folder, wherever the command is run. Where missing files are the only problem, the exit code is 66.
            """,
            wrong: """
                steps:
                  product:
                    uses: upload
                    with: { file: assets/missing-serum.png }
                """,
            right: """
                steps:
                  product:
                    uses: upload
                    with: { file: assets/serum.png }
                """),
        CodeExplanation(
            unreadableFile, "A file that cannot be read",
            """
            There is something at the path, but it is a folder, or the permissions forbid reading it.
            """,
            wrong: """
                steps:
                  product:
                    uses: upload
                    with: { file: broken-folder }
                """,
            right: """
                steps:
                  product:
                    uses: upload
                    with: { file: assets/serum.png }
                """),
        CodeExplanation(
            tooMuchText, "Too much text",
            """
            One text has at most 100,000 bytes once its expressions are worked out, and all parameters of a campaign together 512 MiB. Lists that are \
            joined and joined again grow fast.
            """,
            wrong: """
                vars:
                  a: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
                  b: "${{ vars.a }}${{ vars.a }}${{ vars.a }}${{ vars.a }}${{ vars.a }}${{ vars.a }}${{ vars.a }}${{ vars.a }}${{ vars.a }}${{ vars.a }}"
                  c: "${{ vars.b }}${{ vars.b }}${{ vars.b }}${{ vars.b }}${{ vars.b }}${{ vars.b }}${{ vars.b }}${{ vars.b }}${{ vars.b }}${{ vars.b }}"
                  d: "${{ vars.c }}${{ vars.c }}${{ vars.c }}${{ vars.c }}${{ vars.c }}${{ vars.c }}${{ vars.c }}${{ vars.c }}${{ vars.c }}${{ vars.c }}"
                  e: "${{ vars.d }}${{ vars.d }}"
                """,
            right: """
                vars:
                  a: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
                  b: "${{ vars.a }}${{ vars.a }}"
                """),
        CodeExplanation(
            budgetUnitUnused, "A budget in a unit that nothing is priced in",
            """
            Amounts of different units are never added, so a budget in credits does not bound what is paid in VND. Nothing of this campaign is priced \
            in the budget's unit: it would never stop anything.
            """,
            wrong: """
                budget: 400 credits
                """,
            right: """
                budget: 2000 VND
                """),
        CodeExplanation(
            tooManyProblems, "More problems than are shown",
            """
            After a thousand problems the rest is left out. They usually have one cause, such as a column of a table that is misspelt: correct the \
            first ones and look again.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    with:
                      prompt:
                        - ${{ nothing }} # 1001 times
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with:
                      prompt: a bottle on a shelf
                """),
        CodeExplanation(
            jobOverDailyCap, "A job that makes more images than a day allows",
            """
            A job's images come all or none, so one that makes more than the daily cap of its account fits on no day: the campaign would wait for ever. \
            Ask for fewer images a job, in more instances, or raise the cap where the provider allows more.
            """,
            wrong: """
                providers:
                  flow: { limits: { images: 1/day } }
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf, count: 2 }
                """,
            right: """
                providers:
                  flow: { limits: { images: 1/day } }
                steps:
                  scene:
                    uses: t2i
                    for_each: [a bottle on a shelf, a bottle on a beach]
                    with: { prompt: "${{ each.item }}", count: 1 }
                """),
    ]
}
