package import Pipeline

extension CheckCode {
    /// FB1301 to FB1339.
    package static let explanations: [CodeExplanation] = [
        CodeExplanation(
            operation, "An operation that the provider does not have",
            """
            Not every provider can do everything. `flowbatch providers NAME` shows what one can; `provider:` moves a single step to another.
            """,
            wrong: """
                steps:
                  scene:
                    uses: edit
                    with: { image: serum.png, prompt: make it blue }
                """,
            right: """
                steps:
                  scene:
                    uses: r2i
                    with: { references: [serum.png], prompt: make it blue }
                """),
        CodeExplanation(
            unknownParameter, "A parameter that the operation does not take",
            """
            The provider would pass over it, or refuse the job after it was sent. What is not in the vocabulary but in the provider's own document goes \
            under `extra:`.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf, ratio: "16:9" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf, aspect_ratio: "16:9" }
                """),
        CodeExplanation(
            missingParameter, "A parameter that is missing",
            """
            The operation cannot do without it.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    with: { aspect_ratio: "16:9" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf, aspect_ratio: "16:9" }
                """),
        CodeExplanation(
            wrongType, "A parameter of the wrong type",
            """
            A number stands where the provider takes a text, a list where it takes one value. A prompt that is only digits needs quotes.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: 2026 }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: "2026" }
                """),
        CodeExplanation(
            notAllowed, "A value that the provider does not take",
            """
            The provider takes certain values only, and these differ between its operations. The message lists them and names the nearest.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf, aspect_ratio: "16:10" }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf, aspect_ratio: "16:9" }
                """),
        CodeExplanation(
            outOfRange, "A value beyond the provider's range",
            """
            The number, the length of the text or the number of pictures is more, or less, than the provider takes. An empty prompt is too short. A \
            `count` above what one job makes is fine: it becomes several jobs.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf, count: 0 }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf, count: 9 }
                """),
        CodeExplanation(
            malformed, "A value that cannot be sent",
            """
            A size is not WIDTHxHEIGHT, or a name has characters that could change the request it becomes a part of.
            """,
            wrong: """
                steps:
                  clip:
                    uses: r2v
                    with: { references: [serum.png], prompt: a voice over the sea, voice: "my own voice" }
                """,
            right: """
                steps:
                  clip:
                    uses: r2v
                    with: { references: [serum.png], prompt: a voice over the sea, voice: puck }
                """),
        CodeExplanation(
            conflict, "Two parameters that say the same thing",
            """
            Both set the same field of the provider's request, such as `size` and an `aspect_ratio` that stands for a size. Which of them counts \
            cannot be known. The example is of a provider whose definition has `aspect_ratio: { fills: size, … }`.
            """,
            wrong: "", right: ""),
        CodeExplanation(
            mediaSource, "A picture from where the provider does not take it",
            """
            Some providers take uploads, some fetch an `https` address, some take small pictures within the request. There is no way from this one to \
            this provider.
            """,
            wrong: """
                steps:
                  scene:
                    uses: r2i
                    with: { prompt: a bottle like this, references: ["https://example.com/serum.png"] }
                """,
            right: """
                steps:
                  scene:
                    uses: r2i
                    with: { prompt: a bottle like this, references: [serum.png] }
                """),
        CodeExplanation(
            fileType, "A type of file that the provider does not take",
            """
            What counts is what the file holds, whatever its name says. Convert it to PNG or JPEG.
            """,
            wrong: """
                steps:
                  product:
                    uses: upload
                    with: { file: serum.gif }
                """,
            right: """
                steps:
                  product:
                    uses: upload
                    with: { file: serum.png }
                """),
        CodeExplanation(
            fileSize, "A file that is too large",
            """
            The provider refuses larger uploads. Save the picture smaller, or as JPEG.
            """,
            wrong: """
                steps:
                  product:
                    uses: upload
                    with: { file: huge-serum.png }
                """,
            right: """
                steps:
                  product:
                    uses: upload
                    with: { file: serum.png }
                """),
        CodeExplanation(
            extra, "A field that the definition sets itself",
            """
            `extra` adds fields to the provider's request. It cannot replace one that a parameter stands for: what is checked, priced and compared \
            would no longer be what is sent. Where the request has no body, there is no place for it.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf, extra: { num_images: 4 } }
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf, count: 4 }
                """),
        CodeExplanation(
            unknownValue, "A value that nobody listed",
            """
            The provider's document lists values and says there are more. This one is none of those listed: it is sent as it is, and the provider may \
            refuse it.
            """,
            wrong: """
                steps:
                  clip:
                    uses: r2v
                    with: { references: [serum.png], prompt: a voice over the sea, voice: pucc }
                """,
            right: """
                steps:
                  clip:
                    uses: r2v
                    with: { references: [serum.png], prompt: a voice over the sea, voice: puck }
                """),
        CodeExplanation(
            overlayForbidden, "A setting that comes from the definition only",
            """
            A campaign that could change the host, the authentication, the upload hosts or the signature checks could send your key or your files \
            to somebody else. The host comes from the environment (`FLOW_BASE_URL`).
            """,
            wrong: """
                providers:
                  flow: { host: { base: "https://example.com" } }
                """,
            right: """
                providers:
                  flow: { plan: turbo }
                """),
        CodeExplanation(
            overlayNoGap, "A setting that is no assumption of the definition",
            """
            A campaign sets the plan, limits, prices, poll intervals and the account, and whatever the definition lists as a gap. What the provider's \
            document says is not the campaign's to change.
            """,
            wrong: """
                providers:
                  flow: { durations: [] }
                """,
            right: """
                providers:
                  flow: { poll: { min: 5s, max: 10s } }
                """),
        CodeExplanation(
            plan, "A plan that the provider does not have",
            """
            `plan:` names one plan, or one with its modifiers. Two plans that stand for themselves exclude each other, and a modifier goes with \
            certain plans only. `flowbatch providers NAME` lists them.
            """,
            wrong: """
                providers:
                  flow: { plan: [prepaid, monthly] }
                """,
            right: """
                providers:
                  flow: { plan: [monthly, turbo] }
                """),
        CodeExplanation(
            account, "Not a label for an account",
            """
            `account:` tells the accounts of one provider apart. A label has letters, digits, `-`, `.` and `_`, 64 at most; `sandbox` is the sandbox's own.
            """,
            wrong: """
                providers:
                  flow: { account: second studio }
                """,
            right: """
                providers:
                  flow: { account: second-studio }
                """),
    ]
}
