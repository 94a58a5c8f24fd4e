import Pipeline

extension ManifestCode {
    /// FB11xx.
    static let structureExplanations: [CodeExplanation] = [
        CodeExplanation(
            unknownKey, "A key that does not exist",
            """
            A key that is not known is most often a misspelt one. If it were passed over, the campaign would run, and be paid for, without what \
            the key was to say. `flowbatch schema` lets an editor complete the keys.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    whit: { prompt: a bottle on a shelf }
                    with: { prompt: a bottle on a shelf }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf }
                """),
        CodeExplanation(
            missingKey, "A key that is missing",
            """
            A campaign has `flowbatch`, `name` and `steps`, a step has `uses`, and each step has a provider, its own or the campaign's.
            """,
            wrong: """
                steps:
                  scene:
                    with: { prompt: a bottle on a shelf }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf }
                """),
        CodeExplanation(
            wrongType, "A value of the wrong kind",
            """
            A text stands where a list or a mapping belongs, or the other way round. What was meant is not guessed.
            """,
            wrong: """
                defaults:
                  retry: 3
                """,
            right: """
                defaults:
                  retry: { attempts: 3 }
                """),
        CodeExplanation(
            unsupportedVersion, "Another version of the manifest",
            """
            `flowbatch:` says which version of the language the file is written in. This program reads version 1; what a later one means it cannot \
            know.
            """,
            wrong: """
                flowbatch: 2
                name: summer
                provider: flow
                steps:
                  scene: { uses: t2i, with: { prompt: a bottle } }
                """,
            right: """
                flowbatch: 1
                name: summer
                provider: flow
                steps:
                  scene: { uses: t2i, with: { prompt: a bottle } }
                """),
        CodeExplanation(
            notSupported, "Not supported by this version",
            """
            This is part of the manifest language, but this version of the program cannot do it. A step is never run with a part of what it says.
            """,
            wrong: """
                providers:
                  studio: { definition: providers/studio.yaml }
                """,
            right: """
                providers:
                  flow: { plan: turbo }
                """),
        CodeExplanation(
            badCampaignName, "Not a campaign's name",
            """
            The name finds the campaign's state again and names its output folder. So it has at most 64 lower-case letters, digits and single \
            hyphens, which every file system takes.
            """,
            wrong: """
                flowbatch: 1
                name: Lụa Serum / Summer
                provider: flow
                steps:
                  scene: { uses: t2i, with: { prompt: a bottle } }
                """,
            right: """
                flowbatch: 1
                name: lua-serum-summer
                provider: flow
                steps:
                  scene: { uses: t2i, with: { prompt: a bottle } }
                """),
        CodeExplanation(
            badName, "Not a name that expressions can refer to",
            """
            Steps, variables and axes are referred to as `steps.NAME`, `vars.NAME` and `each.NAME`. A name starts with a letter or `_` and has at \
            most 64 letters, digits, `_` and `-`. `item`, `index` and `number` mean something in `each`, so no axis has these names. A \
            provider's name has lower-case letters, digits and hyphens.
            """,
            wrong: """
                vars:
                  product name: Lụa Serum
                """,
            right: """
                vars:
                  product_name: Lụa Serum
                """),
        CodeExplanation(
            badDuration, "Not a duration",
            """
            A duration is a whole number and a unit: `500ms`, `90s`, `15m`, `2h`, `1d`. Without a unit, 15 could be seconds or minutes.
            """,
            wrong: """
                defaults:
                  timeout: 15
                """,
            right: """
                defaults:
                  timeout: 15m
                """),
        CodeExplanation(
            badAmount, "Not an amount of money",
            """
            An amount is digits, a space and a unit: `2000000 VND`, `400 credits`, `12.50 USD`. Separators between digits are not taken, because \
            `2.000` is two in one country and two thousand in another.
            """,
            wrong: """
                budget: 2.000.000 VND
                """,
            right: """
                budget: 2000000 VND
                """),
        CodeExplanation(
            badChoice, "None of the words a key takes",
            """
            Some keys take one word of a few. The message lists them, or names the one that is probably meant.
            """,
            wrong: """
                defaults:
                  on_failure: skip
                """,
            right: """
                defaults:
                  on_failure: skip_dependents
                """),
        CodeExplanation(
            outOfRange, "A number outside its range",
            """
            The number is smaller or larger than the key takes, or two numbers contradict each other, such as a `max_interval` below the \
            `initial_interval`.
            """,
            wrong: """
                defaults:
                  retry: { attempts: 0 }
                """,
            right: """
                defaults:
                  retry: { attempts: 1 }
                """),
        CodeExplanation(
            refusedEnvironmentName, "A variable that may hold a secret",
            """
            What an expression reads can end up in a prompt, in a file's name, in the log of a provider. Names that end in `_KEY`, `_SECRET` or \
            `_TOKEN` are refused, so that a campaign from somebody else cannot send your keys away. Also refused is what is no name of an \
            environment variable at all.
            """,
            wrong: """
                env: [FLOW_API_KEY]
                """,
            right: """
                env: [PRODUCT]
                """),
        CodeExplanation(
            emptyValue, "A key without a value",
            """
            A key stands there and nothing behind it: most often a value that was forgotten, or one whose lines are not indented below it.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    with:
                      prompt: a bottle on a shelf
                      count:
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with:
                      prompt: a bottle on a shelf
                      count: 2
                """),
    ]
}
