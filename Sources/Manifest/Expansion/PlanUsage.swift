import Pipeline

/// How much of its limits a campaign has used up so far.
struct PlanUsage {
    var outputs = 0
    var connections = 0
    var textBytes = 0
    var isReported = false

    /// The limit that is exceeded, or nil.
    func isExhausted(_ limits: CompileLimits, instances: Int) -> (code: String, message: String)? {
        if instances > limits.instances { return (ManifestCode.tooManyInstances, "it has at most \(limits.instances) instances") }
        if outputs > limits.outputs { return (ManifestCode.tooManyInstances, "it has at most \(limits.outputs) outputs") }
        if connections > limits.connections {
            return (ManifestCode.tooManyConnections, "its instances have at most \(limits.connections) connections")
        }
        if textBytes > limits.textBytes { return (ManifestCode.tooMuchText, "its parameters have at most \(limits.textBytes) bytes") }
        return nil
    }
}

extension Argument {
    /// UTF-8 bytes of every text within.
    var textBytes: Int {
        switch self {
        case .value(let value): value.textBytes
        case .media: 64
        case .list(let elements): elements.reduce(0) { $0 + $1.textBytes }
        }
    }
}

extension Value {
    fileprivate var textBytes: Int {
        switch self {
        case .null, .bool, .int, .number: 8
        case .text(let text): text.utf8.count
        case .list(let elements): elements.reduce(8) { $0 + $1.textBytes }
        case .map(let members): members.reduce(8) { $0 + $1.key.utf8.count + $1.value.textBytes }
        }
    }
}
