package import Pipeline

extension YAMLCode {
    /// What the codes of this target mean.
    package static let explanations: [CodeExplanation] = [
        CodeExplanation(
            syntax, "Not valid YAML",
            """
            The text breaks YAML's own rules, so nothing after this place can be read. Most often a text with `: ` or `#` in it lacks quotes, a \
            line is indented unlike its neighbours, or a bracket or quote is not closed. The place is where reading stopped; the cause may \
            be on the line before it.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    with:
                      prompt: Lụa Serum: a bottle on a shelf
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with:
                      prompt: "Lụa Serum: a bottle on a shelf"
                """),
        CodeExplanation(
            duplicateKey, "A key that stands twice",
            """
            YAML leaves open which of two equal keys counts. One of the two would be lost without a word, a step with its prompts perhaps, so \
            neither is taken.
            """,
            wrong: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle on a shelf }
                  scene:
                    uses: t2i
                    with: { prompt: a bottle at the beach }
                """,
            right: """
                steps:
                  shelf:
                    uses: t2i
                    with: { prompt: a bottle on a shelf }
                  beach:
                    uses: t2i
                    with: { prompt: a bottle at the beach }
                """),
        CodeExplanation(
            keyNotScalar, "A list or mapping as a key",
            """
            Keys are names. A text that starts with `{` or `[` is a mapping or a list unless it is in quotes.
            """,
            wrong: """
                vars:
                  {product}: Lụa Serum
                """,
            right: """
                vars:
                  product: Lụa Serum
                """),
        CodeExplanation(
            tag, "A tag",
            """
            A word that starts with `!` in front of a value is a tag, which asks for another type or for code of the reader's. Values here have \
            the type they are written in, and no file can make the program do more than read it. Quotes make a text of anything.
            """,
            wrong: """
                vars:
                  year: !!str 2026
                """,
            right: """
                vars:
                  year: "2026"
                """),
        CodeExplanation(
            mergeKey, "A merge key",
            """
            `<<` was an extension of YAML 1.1 and is no part of YAML 1.2. What several steps share goes under `defaults:` or `vars:`.
            """,
            wrong: """
                vars:
                  usual: &usual { light: soft }
                  other: { <<: *usual, lens: 85mm }
                """,
            right: """
                vars:
                  usual: { light: soft }
                  other: { light: soft, lens: 85mm }
                """),
        CodeExplanation(
            severalDocuments, "A second document",
            """
            `---` ends a document and starts another. One file holds one campaign, or one definition.
            """,
            wrong: """
                flowbatch: 1
                name: summer
                ---
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
            tab, "A tab in the indentation",
            """
            YAML indents with spaces only: how wide a tab is depends on the editor, and here the indentation says what belongs to what.
            """,
            wrong: """
                steps:
                  scene:
                ⟨09⟩uses: t2i
                """,
            right: """
                steps:
                  scene:
                    uses: t2i
                    with: { prompt: a bottle }
                """),
        CodeExplanation(
            notUTF8, "Bytes that are not UTF-8",
            """
            The file is in another encoding (often Windows-1252), or damaged. Guessing the encoding would put wrong letters into prompts that are \
            paid for. Save the file as UTF-8.
            """,
            wrong: """
                vars:
                  place: caf⟨E9⟩
                """,
            right: """
                vars:
                  place: café
                """),
        CodeExplanation(
            byteOrderMark, "A byte order mark",
            """
            The file is UTF-16, or a UTF-8 byte order mark stands inside the text, where two files were joined. At the very start a UTF-8 mark is \
            fine. It cannot be seen, and would become part of a name or a prompt.
            """,
            wrong: """
                vars:
                  product: Lụa⟨FEFF⟩ Serum
                """,
            right: """
                vars:
                  product: Lụa Serum
                """),
        CodeExplanation(
            controlCharacter, "A control character",
            """
            NUL and other control characters come from copying out of other programs, or from damage. No prompt, path or header may hold them.
            """,
            wrong: """
                vars:
                  product: Lụa⟨07⟩ Serum
                """,
            right: """
                vars:
                  product: Lụa Serum
                """),
        CodeExplanation(
            aliasExpansion, "Aliases that stand for too much",
            """
            An alias (`*name`) stands for a copy of what its anchor (`&name`) names. Aliases of aliases multiply, so a short file could fill the \
            memory. `vars:` says a thing once without copies.
            """,
            wrong: """
                vars:
                  a: &a [x, x, x, x, x, x, x, x, x, x]
                  b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
                  c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
                  d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
                  e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
                """,
            right: """
                vars:
                  a: &a [x, x, x, x, x, x, x, x, x, x]
                  b: [*a, *a]
                """),
        CodeExplanation(
            recursiveAlias, "An alias inside what it stands for",
            """
            The value would contain itself, without end. Write it out.
            """,
            wrong: """
                vars:
                  places: &places [shelf, beach, *places]
                """,
            right: """
                vars:
                  places: [shelf, beach]
                """),
        CodeExplanation(
            unknownAlias, "An alias of nothing",
            """
            An unquoted text that starts with `*` is an alias and stands for what an anchor (`&name`) before it names. Where the text is meant, \
            it needs quotes.
            """,
            wrong: """
                vars:
                  label: *new
                """,
            right: """
                vars:
                  label: "*new"
                """),
        CodeExplanation(
            tooDeep, "Nested too deep",
            """
            Lists and mappings go 64 levels deep at most. No campaign needs that many; a file that has them is damaged, or made to overwhelm its \
            reader.
            """,
            wrong: """
                vars:
                  deep: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
                """,
            right: """
                vars:
                  deep: [[[0]]]
                """),
        CodeExplanation(
            tooLarge, "A file that is too large",
            """
            A campaign has 4 MiB and a million values at most, a definition 1 MiB. Long lists belong into a CSV file, which `for_each` reads.
            """,
            wrong: """
                vars:
                  places:
                    - sunlit bathroom shelf # 200000 times
                """,
            right: """
                vars:
                  places:
                    - sunlit bathroom shelf
                """),
        CodeExplanation(
            number, "A number that cannot be kept",
            """
            Numbers are kept exactly, with all of their digits. `.nan`, `.inf`, and numbers with more digits than that allows would become \
            something else without a word. In quotes they are text.
            """,
            wrong: """
                vars:
                  article: 123456789012345678901234567890123456789012
                """,
            right: """
                vars:
                  article: "123456789012345678901234567890123456789012"
                """),
        CodeExplanation(
            empty, "An empty file",
            """
            There is nothing in the file but spaces and comments.
            """,
            wrong: """
                # flowbatch: 1
                """,
            right: """
                flowbatch: 1
                name: summer
                provider: flow
                steps:
                  scene: { uses: t2i, with: { prompt: a bottle } }
                """),
    ]
}
