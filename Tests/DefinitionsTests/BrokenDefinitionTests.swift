import Pipeline
import Testing

@testable import Definitions

/// A small definition broken in one place each time, and the text a person is shown for it.
@Suite struct BrokenDefinitionTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let old: String
        let new: String
        let expected: String
        var testDescription: String { name }
    }

    @Test func theSmallDefinitionIsWhole() throws {
        #expect(try ProviderDefinition.read(SmallDefinition.text, file: "tiny.yaml").name == "tiny")
    }

    @Test(arguments: cases)
    func isShownWithPlaceAndHelp(_ test: Case) throws {
        let broken = SmallDefinition.text.replacing(test.old, with: test.new, maxReplacements: 1)
        let problems = try #require(throws: Diagnostics.self) { try ProviderDefinition.read(broken, file: "tiny.yaml") }
        #expect(DiagnosticText(sources: ["tiny.yaml": broken]).text(of: problems.all) == test.expected)
    }

    static let cases: [Case] = [
        Case(
            name: "unknown key", old: "auth: { header",
            new: "auths: { header",
            expected: #"""
                tiny.yaml:1:1: error[FB2002]: the definition lacks `auth`
                 1 | definition: 1
                   | ^

                tiny.yaml:5:1: error[FB2001]: the definition has no key `auths`
                 5 | auths: { header: Authorization, prefix: "Bearer ", key_starts: tk_ }
                   | ^~~~~
                  help: did you mean `auth`?

                2 errors
                """#),
        Case(
            name: "a missing key", old: "durations: [{ when: {}, typical: 10s, between: [5s, 20s] }]\n",
            new: "",
            expected: #"""
                tiny.yaml:1:1: error[FB2002]: the definition lacks `durations`
                 1 | definition: 1
                   | ^

                1 error
                """#),
        Case(
            name: "another version", old: "definition: 1",
            new: "definition: 2",
            expected: #"""
                tiny.yaml:1:13: error[FB2010]: definition format 2 is not known
                 1 | definition: 2
                   |             ^
                  = this program reads format 1
                  help: write `definition: 1`, or use a newer flowbatch

                1 error
                """#),
        Case(
            name: "a name with capitals", old: "name: tiny",
            new: "name: Tiny AI",
            expected: #"""
                tiny.yaml:2:7: error[FB2004]: `name: Tiny AI` is not lower-case letters, digits and `-`, 32 at most
                 2 | name: Tiny AI
                   |       ^~~~~~~

                1 error
                """#),
        Case(
            name: "plain http", old: "base: https://",
            new: "base: http://",
            expected: #"""
                tiny.yaml:4:15: error[FB2004]: `base: http://api.tiny.example` is not `https://` and a host name
                 4 | host: { base: http://api.tiny.example, path: /v1, uploads: ["*.store.example"], results: public }
                   |               ^~~~~~~~~~~~~~~~~~~~~~~

                1 error
                """#),
        Case(
            name: "a path that leaves the host", old: "get: \"jobs/{job}\"",
            new: "get: \"../jobs/{job}\"",
            expected: #"""
                tiny.yaml:50:18: error[FB2008]: `get` is no path below the provider's own
                 50 |     poll: { get: "../jobs/{job}", min: 2s, max: 10s }
                    |                  ^~~~~~~~~~~~~~~
                  = a request's path comes after the definition's host and path, and never leaves them
                  help: write it without a leading `/`, a host, or `..`

                1 error
                """#),
        Case(
            name: "a rate in words", old: "60/minute",
            new: "sixty a minute",
            expected: #"""
                tiny.yaml:10:33: error[FB2004]: `requests: sixty a minute` is not a rate such as `600/hour` or `120/24s`, or `none`
                 10 | limits: { threads: 3, requests: sixty a minute, day: UTC }
                    |                                 ^~~~~~~~~~~~~~

                1 error
                """#),
        Case(
            name: "an amount without a unit", old: "amount: 3 credits",
            new: "amount: 3",
            expected: #"""
                tiny.yaml:12:37: error[FB2004]: `amount: 3` is not an amount such as `100 VND`, or `unknown`
                 12 |   - { when: { model: big }, amount: 3, per: image }
                    |                                     ^

                1 error
                """#),
        Case(
            name: "a misspelled word", old: "takes: [data_uri, upload]",
            new: "takes: [data_url, upload]",
            expected: #"""
                tiny.yaml:44:38: error[FB2005]: `takes` can't be `data_url`
                 44 |       image:  { type: image, takes: [data_url, upload], max_bytes: 256KB, required: true }
                    |                                      ^~~~~~~~
                  help: did you mean `data_uri`?

                1 error
                """#),
        Case(
            name: "a placeholder nobody fills", old: "n: \"{count}\" } }\n",
            new: "n: \"{cuont}\" } }\n",
            expected: #"""
                tiny.yaml:25:97: error[FB2006]: nothing fills `{cuont}`
                 25 |  { model: "{model}", prompt: "{prompt}", size: "{size}", n: "{cuont}" } }
                    |                                                             ^~~~~~~~~
                  help: did you mean `count`?

                1 error
                """#),
        Case(
            name: "a placeholder's field", old: "{file.size}",
            new: "{file.length}",
            expected: #"""
                tiny.yaml:19:58: error[FB2006]: `{file}` has no `length`
                 19 |     - { post: upload, json: { name: "{file.name}", size: "{file.length}" }, keep: { url: /url, ref: /key }, good_for: 5m
                    |                                                          ^~~~~~~~~~~~~~~
                  help: known here: `name`, `size`, `type`

                1 error
                """#),
        Case(
            name: "an open brace", old: "prompt: \"{prompt}\", size",
            new: "prompt: \"{prompt\", size",
            expected: #"""
                tiny.yaml:25:66: error[FB2004]: `{prompt` is no template
                 25 | equest: { post: generate, json: { model: "{model}", prompt: "{prompt", size: "{size}", n: "{count}" } }
                    |                                                             ^~~~~~~~~
                  = a placeholder is a name in braces: `{prompt}`, `{image.job}`

                1 error
                """#),
        Case(
            name: "two methods and two bodies", old: "post: edit,",
            new: "post: edit, get: edit, json: {},",
            expected: #"""
                tiny.yaml:41:22: error[FB2009]: operation edit's request has two methods
                 41 |     request: { post: edit, get: edit, json: {}, form: { prompt: "{prompt}", "image[]": ["{image}"] } }
                    |                      ^~~~

                tiny.yaml:41:55: error[FB2009]: operation edit's request has two bodies
                 41 |     request: { post: edit, get: edit, json: {}, form: { prompt: "{prompt}", "image[]": ["{image}"] } }
                    |                                                       ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
                  help: keep one of `json`, `form`, `bytes`

                2 errors
                """#),
        Case(
            name: "a state nobody knows", old: "- succeeded:",
            new: "- finished:",
            expected: #"""
                tiny.yaml:53:9: error[FB2005]: no state is called `finished`
                 53 |       - finished: { /status: done, /result: present }
                    |         ^~~~~~~~
                  help: known here: `blocked`, `canceled`, `expired`, `failed`, `queued`, `running`, `succeeded`

                1 error
                """#),
        Case(
            name: "a default that is no value", old: "default: small }",
            new: "default: smal }",
            expected: #"""
                tiny.yaml:27:48: error[FB2007]: the default `smal` of model is none of its values
                 27 |       model:  { values: [small, big], default: smal }
                    |                                                ^~~~
                  help: did you mean `small`?

                1 error
                """#),
        Case(
            name: "min above max", old: "min: 64, max: 2048",
            new: "min: 640, max: 64",
            expected: #"""
                tiny.yaml:29:15: error[FB2011]: parameter size has `min` 640 above `max` 64
                 29 |       size:   { type: size, step: 8, min: 640, max: 64 }
                    |               ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~

                1 error
                """#),
        Case(
            name: "a gap to nowhere", old: "at: /limits/threads",
            new: "at: /limit/threads",
            expected: #"""
                tiny.yaml:63:11: error[FB2007]: the gap `/limit/threads` points at nothing
                 63 |   - { at: /limit/threads, why: guessed }
                    |           ^~~~~~~~~~~~~~

                1 error
                """#),
        Case(
            name: "the wrong kind of output", old: "makes: { image: 1 }\njobs",
            new: "makes: { video: 1 }\njobs",
            expected: #"""
                tiny.yaml:45:12: error[FB2002]: operation edit's makes lacks `image`
                 45 |     makes: { video: 1 }
                    |            ^

                tiny.yaml:45:14: error[FB2001]: operation edit's makes has no key `video`
                 45 |     makes: { video: 1 }
                    |              ^~~~~
                  help: known here: `image`

                2 errors
                """#),
        Case(
            name: "a plan over nothing", old: "over: [small]",
            new: "over: [smal]",
            expected: #"""
                tiny.yaml:9:17: error[FB2007]: plan fast is over `smal`, which is no other plan
                 9 |   fast: { over: [smal], limits: { threads: 9 } }
                   |                 ^~~~~~
                  help: did you mean `small`?

                1 error
                """#),
        Case(
            name: "a chosen plan that is not offered", old: "plan: small",
            new: "plan: smale",
            expected: #"""
                tiny.yaml:6:7: error[FB1322]: there is no plan `smale`
                 6 | plan: smale
                   |       ^~~~~
                  help: did you mean `small`?

                1 error
                """#),
        Case(
            name: "a list where a mapping belongs", old: "    params:\n      prompt: { type: text, required: true }\n      image:",
            new: "    params:\n      prompt: [text]\n      image:",
            expected: #"""
                tiny.yaml:43:15: error[FB2003]: parameter prompt is a list, not a mapping
                 43 |       prompt: [text]
                    |               ^~~~~~

                1 error
                """#),
        Case(
            name: "a duration in words", old: "typical: 10s",
            new: "typical: ten seconds",
            expected: #"""
                tiny.yaml:14:34: error[FB2004]: `typical: ten seconds` is not a duration such as `90s`, `15m`, `2h`
                 14 | durations: [{ when: {}, typical: ten seconds, between: [5s, 20s] }]
                    |                                  ^~~~~~~~~~~

                1 error
                """#),
        Case(
            name: "a status that is none", old: "http: 5xx, call",
            new: "http: 6xx, call",
            expected: #"""
                tiny.yaml:60:21: error[FB2004]: `http` takes statuses such as `404` or `5xx`
                 60 |   - { when: { http: 6xx, call: submit }, is: server, charged: no }
                    |                     ^~~

                1 error
                """#),
        Case(
            name: "several problems at once", old: "name: tiny\ntitle: Tiny\n",
            new: "name: tiny\ntitel: Tiny\n",
            expected: #"""
                tiny.yaml:1:1: error[FB2002]: the definition lacks `title`
                 1 | definition: 1
                   | ^

                tiny.yaml:3:1: error[FB2001]: the definition has no key `titel`
                 3 | titel: Tiny
                   | ^~~~~
                  help: did you mean `title`?

                2 errors
                """#),
    ]
}
