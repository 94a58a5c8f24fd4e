import Foundation
import Sandbox
import Testing

/// The table of the page about unknown outcomes: what is written there is what a test holds the program to.
struct OutcomeTable {
    /// What a provider gives to find out what became of a submission.
    enum Means: String, CaseIterable {
        case key
        case listing
        case both = "key and listing"
        case none

        var hasKey: Bool { self == .key || self == .both }
        var hasListing: Bool { self == .listing || self == .both }
    }

    /// What goes wrong with the only submission of a campaign.
    enum Trouble: String, CaseIterable {
        case replyLost = "reply lost"
        case replyTooLate = "reply too late"
        case conflict = "409"
        case mismatch = "422"
        case keyExpired = "reply lost, key expired"
        case neverArrived = "never arrived"

        var fault: Fault {
            switch self {
            case .replyLost, .keyExpired: .closeAfterAccepting
            case .replyTooLate: .hangAfterAccepting
            case .conflict: .keyInFlight
            case .mismatch: .keyReused
            case .neverArrived: .closeBeforeAccepting
            }
        }
    }

    enum Policy: String, CaseIterable {
        case hold, resubmit, skip
    }

    struct Cell: Hashable, CustomStringConvertible {
        let means: Means
        let trouble: Trouble
        let policy: Policy

        var description: String { "\(means.rawValue), \(trouble.rawValue), \(policy.rawValue)" }

        static let all = Means.allCases.flatMap { means in
            Trouble.allCases.flatMap { trouble in Policy.allCases.map { Cell(means: means, trouble: trouble, policy: $0) } }
        }
    }

    struct Outcome: Equatable, CustomStringConvertible {
        let exitCode: Int32
        /// Entries of the sandbox's ledger.
        let charges: Int
        let results: Int
        /// As `status` has the instance.
        let status: String
        /// What `status` says that the next run does about it; empty where it says nothing.
        let nextRun: String

        var description: String { "exit \(exitCode), \(charges) charges, \(results) results, \(status), next run: \(nextRun)" }
    }

    private(set) var cells: [Cell: Outcome] = [:]
    /// Lines that could not be read, and cells that are there twice.
    private(set) var problems: [String] = []

    init() throws {
        let page = CommandLinePage.repository.appending(path: "Sources/flowbatch/Documentation.docc/Reference/UnknownOutcomes.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let lines = text.split(separator: "\n").drop { !$0.hasPrefix("| means | trouble |") }.dropFirst(2).prefix { $0.hasPrefix("|") }
        for line in lines { read(line) }
    }

    private mutating func read(_ line: Substring) {
        let columns = line.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false)
            .map { $0.trimmingCharacters(in: .whitespaces) }
        guard columns.count == 8, let exitCode = Int32(columns[3]), let charges = Int(columns[4]), let results = Int(columns[5]) else {
            return problems.append(String(line))
        }
        let means = Self.named(columns[0], Means.allCases)
        let troubles = Self.named(columns[1], Trouble.allCases)
        let policies = Self.named(columns[2], Policy.allCases)
        if means.isEmpty || troubles.isEmpty || policies.isEmpty { problems.append(String(line)) }
        let outcome = Outcome(exitCode: exitCode, charges: charges, results: results, status: columns[6], nextRun: columns[7])
        for means in means {
            for trouble in troubles {
                for policy in policies {
                    let cell = Cell(means: means, trouble: trouble, policy: policy)
                    if cells.updateValue(outcome, forKey: cell) != nil { problems.append("\(cell) is there twice") }
                }
            }
        }
    }

    /// `any`, or what is named one by one, with semicolons between.
    private static func named<Value: RawRepresentable>(_ text: String, _ all: [Value]) -> [Value] where Value.RawValue == String {
        if text == "any" { return all }
        let values = text.split(separator: ";").map { Value(rawValue: $0.trimmingCharacters(in: .whitespaces)) }
        return values.contains { $0 == nil } ? [] : values.compactMap(\.self)
    }
}
