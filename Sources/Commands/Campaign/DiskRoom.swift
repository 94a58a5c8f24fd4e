import Checkpoint
import Foundation
import Pipeline
import Reporting
import Runner
import Scheduling

/// Whether what a run leaves behind fits on the disk, found out before anything is paid.
struct DiskRoom {
    let plan: Plan
    let history: CampaignHistory
    let chosen: Set<Int>?
    let places: CampaignPlaces
    var space = FreeSpace.system

    /// One check a file system.
    var checks: [DiskCheck] {
        let restored = history.restored.instances
        let need = DiskNeed(
            of: plan,
            missing: { position in
                guard chosen?.contains(position) ?? true else { return [] }
                let left = restored[position]
                return plan.instances[position].outputs.indices.filter { output in
                    !(left?.saved.contains(output) ?? false) && !(left?.withheld.contains(output) ?? false)
                }
            },
            known: history.artifacts.mapValues(\.artifact))
        let wishes: [(folder: URL, bytes: DiskNeed.Bytes)] = [
            (places.output(of: plan.campaign), need.results), (places.state.deletingLastPathComponent(), need.state),
            (places.home, need.account),
        ]
        var order: [Int?] = []
        var groups: [Int?: (folders: [String], bytes: DiskNeed.Bytes, free: Int?)] = [:]
        for wish in wishes where wish.bytes.likely > 0 {
            let volume = space.volume(of: wish.folder)
            if groups[volume?.id] == nil { order.append(volume?.id) }
            let known = groups[volume?.id] ?? ([], DiskNeed.Bytes(), volume?.free)
            groups[volume?.id] = (known.folders + [CampaignPlaces.shown(wish.folder)], known.bytes + wish.bytes, known.free)
        }
        return order.compactMap { id in
            groups[id].map { group in
                DiskCheck(
                    folders: group.folders, need: group.bytes.likely, needAtLeast: group.bytes.least, free: group.free,
                    learned: need.learned)
            }
        }
    }

    /// Warns where it may not fit.
    ///
    /// - Throws: exit 74 where not even the least that the results can take fits; nothing was sent.
    func confirm() throws(CommandFailure) {
        for check in checks {
            switch check.verdict {
            case .fits, .unknown: break
            case .tight: Console.standard.error("warning: the disk may become full: \(check.sentence)")
            case .short:
                throw CommandFailure(
                    .cannotWrite,
                    "the results do not fit on the disk: \(check.sentence); nothing was sent or spent; free some space, choose another folder with "
                        + "--output, or run a part of the campaign with --only")
            }
        }
    }
}
