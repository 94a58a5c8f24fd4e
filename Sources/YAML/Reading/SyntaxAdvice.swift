import Pipeline

extension SyntaxProblem {
    /// libyaml's problem in the words of someone who writes a campaign.
    func diagnostic(in text: SourceText) -> Diagnostic {
        let place = text.place(position, position + 1)
        if let tab = indentingTab(in: text) {
            return Diagnostic(
                code: YAMLCode.tab, "a tab in the indentation", at: text.place(tab, tab + 1), cause: "YAML indents with spaces only",
                suggestion: "replace it by spaces")
        }
        var notes: [Diagnostic.Note] = []
        // What was opened and never closed is shown where it was opened, not at the end of the file.
        if context != nil, text.byte(scalar: position) == nil {
            let start = text.place(contextStart, contextStart + 1)
            return Diagnostic(
                code: YAMLCode.syntax, "not valid YAML: what is opened here is not closed", at: start, cause: "the file ends within it",
                suggestion: "close it; a text with `{`, `[` or `,` in it may need quotes")
        }
        if let context, contextStart < position {
            notes.append(Diagnostic.Note("\(context), which began here", at: text.place(contextStart, contextStart + 1)))
        }
        let (cause, suggestion) = advice(in: text)
        return Diagnostic(
            code: YAMLCode.syntax, "not valid YAML: \(message)", at: place, cause: cause, suggestion: suggestion, notes: notes)
    }

    /// The scalar position of a tab among the blanks that the problem's line starts with, at the problem or before it.
    private func indentingTab(in text: SourceText) -> Int? {
        let column = text.position(scalar: position).column - 1
        for scalar in (position - column)...position {
            switch text.byte(scalar: scalar) {
            case UInt8(ascii: "\t"): return scalar
            case UInt8(ascii: " "): continue
            default: return nil
            }
        }
        return nil
    }

    /// Whether an expression stands here without quotes: `{ prompt: ${{ … }} }`.
    private func isBareExpression(in text: SourceText) -> Bool {
        position > 0 && text.byte(scalar: position) == UInt8(ascii: "{") && text.byte(scalar: position - 1) == UInt8(ascii: "$")
    }

    /// Whether the problem is behind a closing quote of the same line.
    private func isBehindQuote(in text: SourceText) -> Bool {
        let column = text.position(scalar: position).column - 1
        for scalar in (position - column..<position).reversed() {
            switch text.byte(scalar: scalar) {
            case UInt8(ascii: " "): continue
            case UInt8(ascii: "\""), UInt8(ascii: "'"): return true
            default: return false
            }
        }
        return false
    }

    private func advice(in text: SourceText) -> (cause: String?, suggestion: String) {
        if isBareExpression(in: text) {
            return ("within `{ … }` and `[ … ]` an expression needs quotes", "write it as `\"${{ … }}\"`")
        }
        if isBehindQuote(in: text), message.hasPrefix("did not find expected") {
            return (
                "text behind a closing quote", "quote the whole text once; within double quotes write `'…'`, or `\\\"` for a double quote"
            )
        }
        return general
    }

    private var general: (cause: String?, suggestion: String) {
        switch message {
        case "mapping values are not allowed in this context":
            (
                "a `: ` inside an unquoted text, a line before it without `: `, or a line indented deeper than the one it belongs to",
                "put the text in quotes, add the `: `, or mend the indentation"
            )
        case "did not find expected key", "did not find expected '-' indicator":
            ("a line that is indented unlike its neighbours, or text behind a closing quote", "mend the indentation")
        case "could not find expected ':'":
            ("a line that is neither `key: value` nor a list item", "add the `:` with a space after it")
        case "found unexpected end of stream", "found unexpected document indicator":
            ("a quote was opened and not closed", "close it")
        case "did not find expected ',' or ']'", "did not find expected ',' or '}'":
            ("a bracket was opened and not closed, or a comma is missing", "close it; a text with `{`, `[` or `,` in it needs quotes here")
        case "did not find expected alphabetic or numeric character":
            ("an unquoted text that starts with `*` is an alias, with `&` an anchor", "put the text in quotes")
        case "found character that cannot start any token":
            ("no unquoted text may start with this character", "put the text in quotes")
        case "found unknown escape character":
            ("in double quotes a backslash starts an escape", "write `\\\\` for a backslash, or use single quotes")
        case "block sequence entries are not allowed in this context":
            ("a list item starts where none can", "put the `-` on a line of its own")
        case "did not find expected <document start>":
            ("text behind the end of the document", "delete it, or the `...` before it")
        default: (nil, "look at the indentation, quotes and brackets just before this place")
        }
    }
}
