package import Pipeline

/// What an instance asked for when it was first submitted, kept so that a later plan can say what changed.
package struct RequestRecord: Hashable, Sendable, Codable {
    package let identity: Identity
    /// The campaign's name: campaigns in one folder share a state file.
    package let campaign: String
    /// The step's and the instance's names as they were when a run last saw them.
    package let step: String
    package let name: String
    /// A `RequestDescription` as text.
    package let description: String
    /// What the command line gave the manifest when it first asked for this: `--var` by name, `--env` by `env.NAME`. Other values make other
    /// instances, which a plan with these does not hold.
    package let variables: [String: String]
    /// How many files each of its jobs makes. None after it was forgotten: what becomes of its files is nobody's concern then.
    package var outputs: [Int]
    package let at: Timestamp

    package init(
        identity: Identity, campaign: String, step: String, name: String, description: String, variables: [String: String] = [:],
        outputs: [Int] = [], at: Timestamp
    ) {
        self.identity = identity
        self.campaign = campaign
        self.step = step
        self.name = name
        self.description = description
        self.variables = variables
        self.outputs = outputs
        self.at = at
    }
}

extension [Identity: RequestRecord] {
    /// Instances of `plan` of which it wants another rendition than the recorded one.
    ///
    /// - Parameter folder: the manifest's, ending with `/`.
    package func otherRenditions(than plan: Plan, folder: String) -> Set<Identity> {
        let changed = plan.instances.lazy.filter { instance in
            guard !instance.renditions.isEmpty, let record = self[instance.identity] else { return false }
            return RequestDescription(of: instance, among: plan.instances, folder: folder)
                .isOtherRendition(than: RequestDescription(text: record.description), by: instance.renditions)
        }
        return Set(changed.map(\.identity))
    }

    /// The instances of other campaigns than `campaign`.
    package func others(than campaign: String) -> Set<Identity> { Set(values.lazy.filter { $0.campaign != campaign }.map(\.identity)) }
}
