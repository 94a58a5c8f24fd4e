/// Why a file is not the picture or clip it should be. The message is one sentence without a full stop.
struct MediaProblem: Error, Hashable, Sendable {
    let message: String

    init(_ message: String) { self.message = message }
}

/// Width and height in pixels.
struct PixelSize: Hashable, Sendable {
    let width: Int
    let height: Int
}
