package import Pipeline

extension DefinitionCode {
    /// FB20xx.
    package static let explanations: [CodeExplanation] = [
        CodeExplanation(
            unknownKey, "A key that definitions do not have",
            """
            Most often a misspelt one. What it was to say would be left out, and the provider spoken to in another way than meant.
            """,
            of: .definition,
            wrong: """
                auth: { header: Authorization, prefix: "Bearer ", key_begins: sk_ }
                """,
            right: """
                auth: { header: Authorization, prefix: "Bearer ", key_starts: sk_ }
                """),
        CodeExplanation(
            missingKey, "A key that is missing",
            """
            A definition says everything a run hangs on, and what is not known it says too (`lasts: unknown`, `amount: unknown`). Leaving it out would \
            be a guess that nobody sees.
            """,
            of: .definition,
            wrong: """
                errors:
                  - { when: { http: 5xx } }
                """,
            right: """
                errors:
                  - { when: { http: 5xx }, is: server }
                """),
        CodeExplanation(
            wrongType, "A value of the wrong kind",
            """
            A text stands where a list or a mapping belongs, a word where a number does, or the other way round.
            """,
            of: .definition,
            wrong: """
                limits: { threads: three }
                """,
            right: """
                limits: { threads: 3 }
                """),
        CodeExplanation(
            malformed, "A value that cannot be read",
            """
            A duration (`90s`), rate (`600/hour`), amount (`100 VND`), size (`20MB`), JSON pointer (`/data/0/url`), host (`https://…`) or template \
            (`{prompt}`) that does not have its form, or a number outside its range. The message says which form is expected.
            """,
            of: .definition,
            wrong: """
                limits: { threads: 3, requests: 600 per hour }
                """,
            right: """
                limits: { threads: 3, requests: 600/hour }
                """),
        CodeExplanation(
            unknownWord, "None of the words a key takes",
            """
            States, classes of errors, ways to hand over a picture and the like are fixed words: the program acts on each. The message lists them, \
            or names the one that is probably meant.
            """,
            of: .definition,
            wrong: """
                errors:
                  - { when: { http: 5xx }, is: broken }
                """,
            right: """
                errors:
                  - { when: { http: 5xx }, is: server }
                """),
        CodeExplanation(
            unknownPlaceholder, "A placeholder that nothing fills",
            """
            `{name}` stands for a parameter of the operation, for something an earlier reply gave (`keep`), or for one of the program's own: `{job}`, \
            `{jobs}`, `{index}`, `{file}`, `{webhook}`. This one would be left out of every request.
            """,
            of: .definition,
            wrong: """
                operations:
                  t2i:
                    request: { post: images, json: { text: "{promt}" } }
                    params: { prompt: { type: text, required: true } }
                    makes: { image: 1 }
                """,
            right: """
                operations:
                  t2i:
                    request: { post: images, json: { text: "{prompt}" } }
                    params: { prompt: { type: text, required: true } }
                    makes: { image: 1 }
                """),
        CodeExplanation(
            unknownName, "A name that refers to nothing",
            """
            `via` names one of `jobs`, `list` one of `account`, `over` other plans, `default` one of `values`, and a gap points at something in the \
            definition. This one is not there.
            """,
            of: .definition,
            wrong: """
                gaps:
                  - { at: /limit/threads, why: not documented }
                """,
            right: """
                gaps:
                  - { at: /limits/threads, why: not documented }
                """),
        CodeExplanation(
            unsafeAddress, "A path or host that leads elsewhere",
            """
            Requests carry the key. Their paths come after the definition's own host and path and never leave them: no leading `/`, no `..`, no host, \
            no query. Uploads may go to the upload hosts, without the key.
            """,
            of: .definition,
            wrong: """
                account:
                  usage: { get: "https://elsewhere.example/usage", fields: { credits: /credits } }
                """,
            right: """
                account:
                  usage: { get: usage, fields: { credits: /credits } }
                """),
        CodeExplanation(
            conflict, "Two things that exclude each other",
            """
            A request has one method and one body, a job that has no id is not polled, and only a whole number is split into jobs. Which of the two \
            is meant cannot be known.
            """,
            of: .definition,
            wrong: """
                account:
                  usage: { get: usage, post: usage, fields: { credits: /credits } }
                """,
            right: """
                account:
                  usage: { get: usage, fields: { credits: /credits } }
                """),
        CodeExplanation(
            version, "Another version of the definition format",
            """
            `definition:` says which version of the format the file is written in. This program reads version 1.
            """,
            of: .definition,
            wrong: """
                definition: 2
                """,
            right: """
                definition: 1
                """),
        CodeExplanation(
            emptyRange, "A range whose start is above its end",
            """
            No value lies between the two, so nothing could ever be right.
            """,
            of: .definition,
            wrong: """
                durations: [{ when: {}, typical: 30s, between: [60s, 20s] }]
                """,
            right: """
                durations: [{ when: {}, typical: 30s, between: [20s, 60s] }]
                """),
    ]
}
