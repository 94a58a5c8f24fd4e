import Checkpoint
import Foundation
import GRDB
import Pipeline

extension RunRecord {
    func values() throws -> [(any DatabaseValueConvertible)?] {
        [id, startedAt.milliseconds, finishedAt?.milliseconds, exitCode?.rawValue, try totals.map { try StoredJSON.text(of: $0) }]
    }

    /// - Parameter campaigns: names by run.
    init(_ source: CheckedRow, campaigns: [String: String]) throws {
        var row = source
        let id: String = try row.next()
        self.init(id: id, campaign: campaigns[id], startedAt: Timestamp(milliseconds: try row.next()))
        finishedAt = try row.nextIfAny(Int64.self).map { Timestamp(milliseconds: $0) }
        exitCode = try row.nextIfAny(Int32.self).map { code in
            guard let exitCode = ExitCode(rawValue: code) else { throw DamagedRow("runs", "unknown exit code \(code)") }
            return exitCode
        }
        totals = try row.nextIfAny(String.self).map { try StoredJSON.value($0, table: "runs") }
    }
}

extension InstanceRecord {
    var values: [(any DatabaseValueConvertible)?] { [identity.hex, step, name, status.rawValue, reason, at.milliseconds] }

    init(_ source: CheckedRow) throws {
        var row = source
        self.init(
            identity: Identity(hex: try row.next()), step: try row.next(), name: try row.next(), status: try row.nextCase(),
            reason: try row.nextIfAny(), at: Timestamp(milliseconds: try row.next()))
    }
}

extension ArtifactRecord {
    func values(_ identity: Identity, output: Int) -> [(any DatabaseValueConvertible)?] {
        [
            identity.hex, output, artifact.path, artifact.sha256, artifact.bytes, artifact.mediaType, artifact.width, artifact.height,
            modifiedNanoseconds, Int64(bitPattern: inode),
        ]
    }

    static func read(_ source: CheckedRow) throws -> (identity: Identity, output: Int, record: ArtifactRecord) {
        var row = source
        let identity = Identity(hex: try row.next())
        let output: Int = try row.next()
        let artifact = Artifact(
            path: try row.next(), sha256: try row.next(), bytes: try row.next(), mediaType: try row.next(), width: try row.nextIfAny(),
            height: try row.nextIfAny())
        let record = ArtifactRecord(
            artifact: artifact, modifiedNanoseconds: try row.next(), inode: UInt64(bitPattern: try row.next(Int64.self)))
        return (identity, output, record)
    }
}

extension GenerationRecord {
    var values: [(any DatabaseValueConvertible)?] { [base.hex, generation, run, at.milliseconds] }

    init(_ source: CheckedRow) throws {
        var row = source
        self.init(
            base: Identity(hex: try row.next()), generation: try row.next(), run: try row.next(),
            at: Timestamp(milliseconds: try row.next()))
    }
}

extension RequestRecord {
    var values: [(any DatabaseValueConvertible)?] { [identity.hex, campaign, step, name, description, at.milliseconds] }

    /// - Parameters:
    ///   - variants: what the command line gave, by identity.
    ///   - outputs: how many files each job makes, by identity.
    init(_ source: CheckedRow, variants: [Identity: [String: String]], outputs: [Identity: [Int]]) throws {
        var row = source
        let identity = Identity(hex: try row.next())
        self.init(
            identity: identity, campaign: try row.next(), step: try row.next(), name: try row.next(), description: try row.next(),
            variables: variants[identity] ?? [:], outputs: outputs[identity] ?? [], at: Timestamp(milliseconds: try row.next()))
    }
}

/// What was chosen of one output.
struct ChoiceRow {
    let identity: Identity
    let output: Int
    let isChosen: Bool
    let at: Timestamp

    var values: [(any DatabaseValueConvertible)?] { [identity.hex, output, isChosen, at.milliseconds] }
}

extension ChoiceRow {
    init(_ source: CheckedRow) throws {
        var row = source
        self.init(
            identity: Identity(hex: try row.next()), output: try row.next(), isChosen: try row.next(),
            at: Timestamp(milliseconds: try row.next()))
    }
}
