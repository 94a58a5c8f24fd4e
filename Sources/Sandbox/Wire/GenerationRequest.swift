import Foundation

/// What a job was asked to make, in one shape for all operations.
struct GenerationRequest: Sendable, Codable, Hashable {
    /// One prompt with the pictures it starts from.
    struct Item: Sendable, Codable, Hashable {
        /// Nil for an upscale.
        var prompt: String?
        /// Paths as the upload endpoint returned them.
        var imagePaths: [String]
    }

    var operation: Operation
    var items: [Item]
    /// Nil for an upscale, which keeps its picture's.
    var aspectRatio: AspectRatio?
    /// How many outputs each item asks for.
    var outputsPerItem: Int
    /// The length of a clip in seconds.
    var seconds: Int?
    var voice: Voice?
    var resolution: UpscaleResolution?
    /// A picture's size, where the request says it in pixels.
    var pixels: PixelSize?
    /// What a picture is priced by, where the provider has several qualities.
    var quality: String?

    /// The size of the pictures that it makes, upscales excepted.
    var pictureSize: PixelSize { pixels ?? (aspectRatio ?? .square).pictureSize }

    /// How many pictures or clips it asks for.
    var outputs: Int { items.count * outputsPerItem }

    /// How many images it takes from the daily cap: pictures and upscales count, clips don't.
    var images: Int { operation.makesVideo ? 0 : outputs }

    /// Every upload it needs.
    var imagePaths: [String] { items.flatMap(\.imagePaths) }

    var prompts: [String] { items.compactMap(\.prompt) }

    /// The item that the output at `index` belongs to.
    func item(ofOutput index: Int) -> Item? {
        let item = index / max(1, outputsPerItem)
        return items.indices.contains(item) ? items[item] : nil
    }
}

/// A voice of Veo 3.1 for clips made of several references.
enum Voice: String, Sendable, Codable, CaseIterable {
    case achernar, achird, algenib, algieba, alnilam, aoede, autonoe, callirrhoe, charon, despina
    case enceladus, erinome, fenrir, gacrux, iapetus, kore, laomedeia, leda, orus, puck
    case pulcherrima, rasalgethi, sadachbia, sadaltager, schedar, sulafat, umbriel, vindemiatrix, zephyr, zubenelgenubi
}

extension GenerationRequest {
    /// Reads and checks the JSON body of `operation` by the provider's document.
    ///
    /// - Throws: ``APIError``: 400 for what can't be read, 422 for missing, wrong and unknown fields.
    init(_ operation: Operation, body: Data) throws(APIError) {
        var fields = try RequestFields(body: body)
        switch operation {
        case .textToImage:
            self.init(
                operation: operation, items: try fields.texts("prompts").map { Item(prompt: $0, imagePaths: []) },
                aspectRatio: try fields.choice("aspect_ratio", among: AspectRatio.ofImages, default: .square),
                outputsPerItem: try fields.number("num_images", among: [1, 2, 3, 4], default: 1))
        case .referenceToImage:
            let references = try fields.texts("reference_images")
            self.init(
                operation: operation, items: try fields.texts("prompts").map { Item(prompt: $0, imagePaths: references) },
                aspectRatio: try fields.choice("aspect_ratio", among: AspectRatio.ofReferencesAndClips, default: .square),
                outputsPerItem: 1)
        case .textToVideo:
            self.init(
                operation: operation, items: try fields.texts("prompts").map { Item(prompt: $0, imagePaths: []) },
                aspectRatio: try fields.choice("aspect_ratio", among: AspectRatio.ofReferencesAndClips, default: .wide),
                outputsPerItem: 1, seconds: try fields.number("video_length_seconds", among: [6, 8, 10], default: 8))
        case .imageToVideo:
            var items: [Item] = []
            for var item in try fields.objects("items") {
                items.append(Item(prompt: try item.text("prompt"), imagePaths: [try item.text("image_path")]))
                try item.finish()
            }
            self.init(
                operation: operation, items: items,
                aspectRatio: try fields.choice("aspect_ratio", among: AspectRatio.ofReferencesAndClips, default: .wide),
                outputsPerItem: 1, seconds: 8)
        case .multiReferenceToVideo:
            var items: [Item] = []
            for var item in try fields.objects("items") {
                items.append(Item(prompt: try item.text("prompt"), imagePaths: try item.texts("image_paths")))
                try item.finish()
            }
            let voice: Voice? = fields.has("voice") ? try fields.choice("voice", among: Voice.allCases) : nil
            self.init(operation: operation, items: items, aspectRatio: .wide, outputsPerItem: 1, seconds: 8, voice: voice)
        case .upscaleImage:
            self.init(
                operation: operation, items: [Item(prompt: nil, imagePaths: [try fields.text("image_path")])], aspectRatio: nil,
                outputsPerItem: 1, resolution: try fields.choice("resolution", among: UpscaleResolution.allCases))
        }
        try fields.finish()
    }
}
