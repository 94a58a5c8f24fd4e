import Pipeline

/// What step instances are: the canonical descriptions that their identities are the hashes of.
///
/// The form is fixed for ever: were it changed, every finished picture would be paid again. It is what the map of its members would be in
/// canonical JSON, written straight into one buffer; what the instances of a step have in common is written once.
struct InstanceDescriptions {
    /// Canonical JSON up to the generation, from there to the ordinal, from there to the parameters, and behind them.
    private let head: [UInt8]
    private let middle: [UInt8]
    private let parameters = Array(",\"parameters\":{".utf8)
    private let tail: [UInt8]

    /// The parameters' names that `keys` was made of.
    private var names: [String] = []
    /// Each with its comma and colon.
    private var keys: [[UInt8]] = []
    private var text: [UInt8] = []

    init(campaign: String, operation: Operation, account: AccountID) {
        head = Self.written("{\"account\":", account.label) + Self.written(",\"campaign\":", campaign) + ",\"generation\":".utf8
        middle = Self.written(",\"operation\":", operation.rawValue) + ",\"ordinal\":".utf8
        tail = Self.written("},\"provider\":", account.provider) + "}".utf8
    }

    private static func written(_ key: String, _ text: String) -> [UInt8] { Array(key.utf8) + Value.text(text).canonicalBytes }

    /// - Parameters:
    ///   - arguments: as written, after expressions, without a definition's defaults.
    ///   - renditions: parameters that only choose a rendition: they are left out.
    ///   - ordinal: position among the instances of the plan that ask for the same, from 0.
    ///   - generation: raised by every deliberate repetition, from 0.
    ///   - input: the identity of the instance at a position of the plan.
    mutating func identity(
        of arguments: Arguments, without renditions: Set<String> = [], ordinal: Int = 0, generation: Int = 0, input: (Int) -> Identity?
    ) -> Identity {
        if arguments.names != names {
            names = arguments.names
            keys = names.map { Value.text($0).canonicalBytes + [UInt8(ascii: ":")] }
        }
        text.removeAll(keepingCapacity: true)
        text += head
        Self.write(generation, into: &text)
        text += middle
        Self.write(ordinal, into: &text)
        text += parameters
        var isFirst = true
        for (position, argument) in arguments.values.enumerated() {
            if !renditions.isEmpty, renditions.contains(names[position]) { continue }
            if !isFirst { text.append(UInt8(ascii: ",")) }
            isFirst = false
            text += keys[position]
            Self.write(argument, input, into: &text)
        }
        text += tail
        return Identity(ofCanonical: text)
    }

    private static func write(_ number: Int, into out: inout [UInt8]) {
        if (0...9).contains(number) { out.append(UInt8(ascii: "0") + UInt8(number)) } else { out += String(number).utf8 }
    }

    /// Tagged, so that a text never passes for a file, nor a list for an output.
    private static func write(_ argument: Argument, _ input: (Int) -> Identity?, into out: inout [UInt8]) {
        switch argument {
        case .value(let value):
            out += "[\"value\",".utf8
            value.writeCanonical(into: &out)
        case .media(.file(let file)):
            out += "[\"file\",".utf8
            Value.text(file.sha256).writeCanonical(into: &out)
        case .media(.url(let url)):
            out += "[\"url\",".utf8
            Value.text(url).writeCanonical(into: &out)
        case .media(.output(let output)):
            out += "[\"output\",\"".utf8
            input(output.instance)?.write(into: &out)
            out += "\",".utf8
            write(output.output, into: &out)
        case .list(let elements):
            out += "[\"list\"".utf8
            for element in elements {
                out.append(UInt8(ascii: ","))
                write(element, input, into: &out)
            }
        }
        out.append(UInt8(ascii: "]"))
    }
}

/// Numbers instances that ask for the same, in plan order.
struct IdentityRegistry {
    /// Positions of the first instance of each identity.
    private var firsts = PositionTable()
    /// By the position of the first: how many asked for the same since.
    private var repeats: [Int: Int] = [:]

    /// How many instances asked for the same before.
    ///
    /// - Parameters:
    ///   - first: the identity that the instance at `position` has if it is the first that asks for this, at generation 0.
    ///   - known: the same of an earlier position.
    mutating func ordinal(of position: Int, _ first: Identity, known: (Int) -> Identity?) -> Int {
        let earlier = firsts.take(position, hash: UInt32(truncatingIfNeeded: first.hashValue)) { known($0) == first }
        guard let earlier else { return 0 }
        repeats[earlier, default: 0] += 1
        return repeats[earlier] ?? 0
    }
}
