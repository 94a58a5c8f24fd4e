import Pipeline

/// What a step instance is: the canonical description that its identity is the hash of.
///
/// The form is fixed for ever: were it changed, every finished picture would be paid again.
struct InstanceDescription {
    /// Canonical JSON up to the generation, from there to the ordinal, from there to the end. It is what the map of its members would be,
    /// written once an instance instead of built and then written.
    private let head: [UInt8]
    private let middle: [UInt8]
    private let tail: [UInt8]

    /// - Parameters:
    ///   - arguments: as written, after expressions, without a definition's defaults and without what only chooses a rendition.
    ///   - identity: of the instance at a position of the plan.
    init(
        campaign: String, operation: Operation, account: AccountID, arguments: [String: Argument], identity: (Int) -> Identity?
    ) {
        var out: [UInt8] = []
        out.reserveCapacity(128)
        Self.write("{\"account\":", account.label, into: &out)
        Self.write(",\"campaign\":", campaign, into: &out)
        out += ",\"generation\":".utf8
        head = out
        out.removeAll(keepingCapacity: true)
        Self.write(",\"operation\":", operation.rawValue, into: &out)
        out += ",\"ordinal\":".utf8
        middle = out
        out.removeAll(keepingCapacity: true)
        out += ",\"parameters\":".utf8
        Value.map(arguments.mapValues { Self.canonical($0, identity) }).writeCanonical(into: &out)
        Self.write(",\"provider\":", account.provider, into: &out)
        out.append(UInt8(ascii: "}"))
        tail = out
    }

    private static func write(_ key: String, _ text: String, into out: inout [UInt8]) {
        out += key.utf8
        Value.text(text).writeCanonical(into: &out)
    }

    /// - Parameters:
    ///   - ordinal: position among the instances of the plan that ask for the same, from 0.
    ///   - generation: raised by every deliberate repetition, from 0.
    func identity(ordinal: Int, generation: Int) -> Identity {
        var bytes = head
        bytes.reserveCapacity(head.count + middle.count + tail.count + 40)
        bytes += String(generation).utf8
        bytes += middle
        bytes += String(ordinal).utf8
        bytes += tail
        return Identity(ofCanonical: bytes)
    }

    /// Tagged, so that a text never passes for a file, nor a list for an output.
    private static func canonical(_ argument: Argument, _ identity: (Int) -> Identity?) -> Value {
        switch argument {
        case .value(let value): .list([.text("value"), value])
        case .media(.file(let file)): .list([.text("file"), .text(file.sha256)])
        case .media(.url(let url)): .list([.text("url"), .text(url)])
        case .media(.output(let output)):
            .list([.text("output"), .text(identity(output.instance)?.hex ?? ""), .int(output.output)])
        case .list(let elements): .list([.text("list")] + elements.map { canonical($0, identity) })
        }
    }
}

/// Gives instances their identities, in plan order.
struct IdentityRegistry {
    private var equals: [Identity: Int] = [:]

    /// The next identity of `description`, and what it is at generation 0.
    ///
    /// - Parameter generation: of an instance, by its identity at generation 0.
    mutating func identity(
        of description: InstanceDescription, generation: (Identity) -> Int
    ) -> (identity: Identity, base: Identity) {
        let first = description.identity(ordinal: 0, generation: 0)
        let ordinal = equals[first, default: 0]
        equals[first] = ordinal + 1
        let base = ordinal == 0 ? first : description.identity(ordinal: ordinal, generation: 0)
        let raised = max(0, generation(base))
        return (raised == 0 ? base : description.identity(ordinal: ordinal, generation: raised), base)
    }
}
