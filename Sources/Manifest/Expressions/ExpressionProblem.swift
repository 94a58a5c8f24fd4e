/// What is wrong in an expression, and where in the text that holds it (in Unicode scalars of the text as YAML gives it).
struct ExpressionProblem: Error, Hashable {
    let code: String
    let message: String
    let range: Range<Int>
    var cause: String?
    var suggestion: String?

    init(_ code: String, _ message: String, at range: Range<Int>, cause: String? = nil, suggestion: String? = nil) {
        self.code = code
        self.message = message
        self.range = range
        self.cause = cause
        self.suggestion = suggestion
    }
}
