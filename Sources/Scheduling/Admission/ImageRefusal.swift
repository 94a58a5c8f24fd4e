import Pipeline

/// What the account store refused for lack of images of the day: what one job was refused, one that makes as many need not ask for; one that
/// makes fewer may still fit.
struct ImageRefusal: Sendable {
    private var refused: (images: Int, until: Timestamp)?
    /// When the day's count begins anew, as it was said last.
    private(set) var freeAt: Timestamp?

    /// When something may fit again; nil where nothing is refused.
    var nextTry: Timestamp? { refused?.until }

    func covers(_ images: Int, at now: Timestamp) -> Bool {
        guard images > 0, let refused, refused.until > now else { return false }
        return images >= refused.images
    }

    /// A job of `images` was refused until `freeAt`; it is asked for again at `until`.
    mutating func add(_ images: Int, until: Timestamp, freeAt: Timestamp?, now: Timestamp) {
        let known = refused.flatMap { $0.until > now ? $0 : nil }
        refused = (min(images, known?.images ?? images), min(until, known?.until ?? until))
        self.freeAt = freeAt
    }

    /// Images came back: whatever was refused may fit now.
    mutating func forget() { refused = nil }
}
