/// The room that a run takes on one file system, held against what is free there.
package struct DiskCheck: Sendable, Hashable, Codable {
    package enum Verdict: String, Sendable, Hashable, Codable {
        case fits
        /// By the estimate it does not fit, but the estimate may be too high.
        case tight
        /// Not even the least that the results can take fits: a run refuses to begin.
        case short
        /// What is free could not be found out.
        case unknown
    }

    /// The folders concerned, as people can paste them.
    package let folders: [String]
    /// In bytes, as results of their kind typically are.
    package let need: Int
    /// In bytes: no less than this.
    package let needAtLeast: Int
    /// In bytes; nil where the system does not say.
    package let free: Int?
    /// Outputs whose size was learned from results of this campaign.
    package let learned: Int
    package let verdict: Verdict

    package init(folders: [String], need: Int, needAtLeast: Int, free: Int?, learned: Int) {
        self.folders = folders
        self.need = need
        self.needAtLeast = needAtLeast
        self.free = free
        self.learned = learned
        if let free {
            verdict = needAtLeast > free ? .short : need > free ? .tight : .fits
        } else {
            verdict = .unknown
        }
    }

    private enum CodingKeys: String, CodingKey {
        case folders, need, free, learned, verdict
        case needAtLeast = "need_at_least"
    }

    /// `about 24.1 GB needed in outputs/test, at least 3.1 GB; 2.0 GB free`.
    package var sentence: String {
        let free = free.map { "\(Wording.bytes($0)) free" } ?? "how much is free is not known"
        return "about \(Wording.bytes(need)) needed in \(Wording.list(folders)), at least \(Wording.bytes(needAtLeast)); \(free)"
    }
}
