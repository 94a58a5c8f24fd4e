import Pipeline
import YAML

/// What someone means who writes a key that is not known where it stands.
enum KeyAdvice {
    /// The words of other tools for our keys.
    private static let synonyms: [String: String] = [
        "version": "flowbatch", "title": "name", "variables": "vars", "environment": "env", "jobs": "steps", "tasks": "steps",
        "stages": "steps", "operation": "uses", "action": "uses", "run": "uses", "params": "with", "parameters": "with", "inputs": "with",
        "input": "with", "args": "with", "matrix": "for_each", "loop": "for_each", "with_items": "for_each", "depends_on": "needs",
        "after": "needs", "when": "if", "condition": "if", "only_if": "if", "output": "save", "path": "save", "retries": "retry",
        "max_attempts": "attempts", "delay": "initial_interval", "factor": "backoff",
    ]

    /// Whether `key` is a parameter of `with`.
    static func isParameter(_ key: String) -> Bool { ParameterVocabulary.keys.contains(key) }

    /// The key that is only misspelt, or goes by another name elsewhere.
    static func nearest(to key: String, among keys: [String]) -> String? {
        let plain = key.replacing("-", with: "_")
        if keys.contains(plain) { return plain }
        return synonyms[plain.lowercased()].flatMap { keys.contains($0) ? $0 : nil } ?? Suggestion.nearest(to: key, among: keys)
    }

    /// Where a key belongs that other parts of a campaign have, else the keys known here.
    static func suggestion(for key: String, keys: [String]) -> String {
        let isStep = keys.contains("uses")
        if isParameter(key) {
            return isStep
                ? "it is a parameter: put it under `with:`"
                : "it is a parameter: put it under `with:` of a step"
        }
        if !isStep, ManifestKeys.step.contains(key) {
            return keys.contains("steps") ? "steps have it: indent it below the step's name" : "steps have it: put it into the step"
        }
        if ManifestKeys.campaign.contains(key), !keys.contains("steps") {
            return "it stands at the start of a line, outside the steps"
        }
        if ManifestKeys.retry.contains(key) { return "it belongs under `retry:`" }
        return "known here: " + keys.map { "`\($0)`" }.joined(separator: ", ")
    }
}
