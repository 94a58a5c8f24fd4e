/// How sure a forecast is, and what it expects of the limits as time goes by. The names are a contract.
extension PlanForecast {
    /// When the run ends in each of several worlds in which jobs take as long as they may.
    package struct Range: Sendable, Hashable, Codable {
        /// One trial in ten ends sooner.
        package let earliestAt: UTCMoment
        /// One trial in ten ends later.
        package let latestAt: UTCMoment
        package let secondsEarliest: Int
        package let secondsLatest: Int
        /// The seconds that each trial took, the shortest first.
        package let trials: [Int]

        /// - Parameter ends: of the trials, in any order; nil where there are none.
        package init?(ends: [Timestamp], startsAt: Timestamp) {
            let sorted = ends.sorted()
            guard let first = Self.point(0.1, of: sorted), let last = Self.point(0.9, of: sorted) else { return nil }
            earliestAt = UTCMoment(first)
            latestAt = UTCMoment(last)
            secondsEarliest = (first - startsAt).roundedSeconds
            secondsLatest = (last - startsAt).roundedSeconds
            trials = sorted.map { ($0 - startsAt).roundedSeconds }
        }

        /// The end before which a share of the trials lies, between two of them where it falls there.
        package static func point(_ share: Double, of sorted: [Timestamp]) -> Timestamp? {
            guard let first = sorted.first, let last = sorted.last else { return nil }
            let place = min(max(share, 0), 1) * Double(sorted.count - 1)
            let low = Int(place)
            guard sorted.indices.contains(low), sorted.indices.contains(low + 1) else { return place <= 0 ? first : last }
            let gap = Double((sorted[low + 1] - sorted[low]).wholeMilliseconds)
            return sorted[low] + .milliseconds(Int64(gap * (place - Double(low))))
        }

        private enum CodingKeys: String, CodingKey {
            case trials
            case earliestAt = "earliest_at"
            case latestAt = "latest_at"
            case secondsEarliest = "seconds_earliest"
            case secondsLatest = "seconds_latest"
        }
    }

    /// What the run uses of each limit in equal steps of time, where jobs take as long as they typically do.
    package struct Timeline: Sendable, Hashable, Codable {
        /// One account; every list has one entry a step.
        package struct Use: Sendable, Hashable, Codable {
            package let account: String
            package let threads: Int?
            /// Slots in use, on average.
            package var slots: [Double] = []
            /// Requests sent in the step.
            package var requests: [Int] = []
            /// The scarcest limit of requests, `600/hour`, and what of it is used up at the step's end; left out where nothing limits them.
            package var requestLimit: String?
            package var window: [Int]?
            /// The daily cap, and what of it is used up at the step's end; left out where there is none.
            package var dailyImagesCap: Int?
            package var dailyImages: [Int]?
            /// What the run has reserved or spent by the step's end.
            package var cost: [[Money]] = []
            /// The limit that kept jobs waiting for most of the step; null where none did.
            package var binding: [String?] = []

            package init(account: String, threads: Int?) {
                self.account = account
                self.threads = threads
            }

            private enum CodingKeys: String, CodingKey {
                case account, threads, slots, requests, window, cost, binding
                case requestLimit = "request_limit"
                case dailyImagesCap = "daily_images_cap"
                case dailyImages = "daily_images"
            }
        }

        package let stepMilliseconds: Int
        package let accounts: [Use]

        package init(stepMilliseconds: Int, accounts: [Use]) {
            self.stepMilliseconds = stepMilliseconds
            self.accounts = accounts
        }

        private enum CodingKeys: String, CodingKey {
            case accounts
            case stepMilliseconds = "step_milliseconds"
        }
    }
}
