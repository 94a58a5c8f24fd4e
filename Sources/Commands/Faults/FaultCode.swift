import Pipeline
import YAML

/// The diagnostic codes of fault plans: FB21xx. A code is never given another meaning.
enum FaultCode {
    /// A key that fault plans don't have.
    static let unknownKey = "FB2101"
    /// A key that has to be there is missing.
    static let missingKey = "FB2102"
    /// A list where a text is expected, and the like.
    static let wrongType = "FB2103"
    /// A number or duration out of its range or form.
    static let malformed = "FB2104"
    /// A fault, endpoint or setting that doesn't exist.
    static let unknownWord = "FB2105"
    /// Two keys of a rule that can't both be meant.
    static let conflict = "FB2106"

    static let shapes = ShapeCheck.Codes(
        unknownKey: unknownKey, missingKey: missingKey, wrongType: wrongType, malformed: malformed, unknownWord: unknownWord)

    /// FB21xx.
    static let explanations: [CodeExplanation] = [
        CodeExplanation(
            unknownKey, "A key that fault plans do not have",
            """
            Most often a misspelt one. Left out, the fault would happen to other requests than meant, or to all of them.
            """,
            of: .faults,
            wrong: """
                faults:
                  - { fault: server_error, endpoint: text-to-image, request: 2 }
                """,
            right: """
                faults:
                  - { fault: server_error, endpoint: text-to-image, requests: 2 }
                """),
        CodeExplanation(
            missingKey, "A fault plan without its faults",
            """
            A plan has a list of `faults`, and each of its rules says with `fault` what is to happen.
            """,
            of: .faults,
            wrong: """
                faults:
                  - { endpoint: text-to-image, requests: 2 }
                """,
            right: """
                faults:
                  - { fault: server_error, endpoint: text-to-image, requests: 2 }
                """),
        CodeExplanation(
            wrongType, "A value of the wrong kind in a fault plan",
            """
            A text stands where a list or a mapping belongs, a word where a number does, or the other way round.
            """,
            of: .faults,
            wrong: """
                faults: server_error
                """,
            right: """
                faults:
                  - { fault: server_error, endpoint: text-to-image }
                """),
        CodeExplanation(
            malformed, "A number or duration that a fault plan cannot have",
            """
            Requests, jobs and `times` count from 1, a probability is a number from 0 to 1, and a duration is a number with its unit: `90s`, `15m`, `2h`.
            """,
            of: .faults,
            wrong: """
                faults:
                  - { fault: throttle, probability: 25 }
                """,
            right: """
                faults:
                  - { fault: throttle, probability: 0.25 }
                """),
        CodeExplanation(
            unknownWord, "A fault or endpoint that does not exist",
            """
            The page Faults lists the faults with what each does, and the endpoints are those of the provider's document.
            """,
            of: .faults,
            wrong: """
                faults:
                  - { fault: close_after_acepting, endpoint: text-to-image }
                """,
            right: """
                faults:
                  - { fault: close_after_accepting, endpoint: text-to-image }
                """),
        CodeExplanation(
            conflict, "A fault rule that could never hold",
            """
            `job` names an accepted job by its number or id, so it chooses among polls and downloads. A fault that a job is submitted with can't be \
            chosen by it: count the submissions, or say what stands in the prompt. `lasts` goes with faults that take time.
            """,
            of: .faults,
            wrong: """
                faults:
                  - { fault: fail_job, job: 3 }
                """,
            right: """
                faults:
                  - { fault: fail_job, endpoint: text-to-image, requests: 3 }
                """),
    ]
}
