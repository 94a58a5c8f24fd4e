/// A width and a height in pixels.
struct PixelSize: Sendable, Hashable, Codable {
    var width: Int
    var height: Int

    var longSide: Int { max(width, height) }
}

/// An aspect ratio of the provider's document.
enum AspectRatio: String, Sendable, Codable, CaseIterable {
    case square = "1:1"
    case wide = "16:9"
    case tall = "9:16"
    case landscape = "4:3"
    case portrait = "3:4"

    /// What a picture may be asked in.
    static let ofImages = allCases
    /// What a picture with references, and a clip, may be asked in.
    static let ofReferencesAndClips: [AspectRatio] = [.square, .wide, .tall]

    /// The size of a 1K picture.
    var pictureSize: PixelSize {
        switch self {
        case .square: PixelSize(width: 1024, height: 1024)
        case .wide: PixelSize(width: 1344, height: 768)
        case .tall: PixelSize(width: 768, height: 1344)
        case .landscape: PixelSize(width: 1152, height: 864)
        case .portrait: PixelSize(width: 864, height: 1152)
        }
    }

    /// The size of a clip.
    var clipSize: PixelSize {
        switch self {
        case .square: PixelSize(width: 960, height: 960)
        case .wide: PixelSize(width: 1280, height: 720)
        case .tall: PixelSize(width: 720, height: 1280)
        case .landscape: PixelSize(width: 960, height: 720)
        case .portrait: PixelSize(width: 720, height: 960)
        }
    }
}

/// How large an upscale becomes.
enum UpscaleResolution: String, Sendable, Codable, CaseIterable {
    case twoK = "2k"
    case fourK = "4k"

    /// The long side in pixels.
    var longSide: Int {
        switch self {
        case .twoK: 2048
        case .fourK: 3840
        }
    }

    /// The size of `picture` enlarged: the same shape, even sides, never smaller than it was.
    func size(for picture: PixelSize) -> PixelSize {
        let from = max(1, picture.longSide)
        let to = max(longSide, from)
        func scaled(_ side: Int) -> Int {
            let exact = Double(side) * Double(to) / Double(from)
            return max(2, Int((exact / 2).rounded()) * 2)
        }
        return PixelSize(width: scaled(picture.width), height: scaled(picture.height))
    }
}
