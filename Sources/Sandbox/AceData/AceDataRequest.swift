import Foundation

/// What Ace Data Cloud takes at `/flux/images` and `/flux/tasks`, by its document and the guides that it names.
enum AceDataRequest {
    enum Action: String, CaseIterable, Sendable {
        case generate
        case edit
        case retrieve
        case retrieveBatch = "retrieve_batch"
    }

    /// A submission, and whether its reply waits for the pictures.
    struct Images: Sendable {
        var request: GenerationRequest
        var waits: Bool
    }

    private static let editors = ["flux-kontext-pro", "flux-kontext-max"]
    private static let sides = 256...1440
    private static let mostPictures = 8
    private static let mostTasks = 50

    /// - Throws: ``APIError`` (400).
    static func images(_ body: Data) throws(APIError) -> Images {
        do throws(APIError) {
            var fields = try RequestFields(body: body)
            let action = try fields.choice("action", among: [Action.generate, .edit])
            let prompt = try fields.text("prompt")
            let model = fields.has("model") ? try fields.text("model") : "flux-dev"
            let size = fields.has("size") ? try fields.text("size") : nil
            let callback = fields.has("callback_url") ? try fields.text("callback_url") : nil
            let isAsynchronous = try fields.flag("async") ?? false
            var count = 1
            if action == .edit {
                guard editors.contains(model) else {
                    throw .malformed("“model” of an edit must be one of \(editors.joined(separator: ", "))")
                }
                let address = try fields.text("image_url")
                guard let url = URL(string: address), ["http", "https"].contains(url.scheme ?? ""), url.host() != nil else {
                    throw .malformed("“image_url” must be the address of a picture")
                }
            } else {
                count = try fields.number("count", among: Array(1...mostPictures), default: 1)
            }
            try fields.finish()
            let request = GenerationRequest(
                operation: action == .edit ? .referenceToImage : .textToImage,
                items: [GenerationRequest.Item(prompt: prompt, imagePaths: [])], outputsPerItem: count,
                pixels: try size.map { text throws(APIError) in try pixels(of: text, model) } ?? AspectRatio.square.pictureSize)
            return Images(request: request, waits: !isAsynchronous && callback == nil)
        } catch {
            throw APIError(status: 400, message: error.message)
        }
    }

    /// Pixels in steps of 32, or for the newer models a ratio.
    private static func pixels(of size: String, _ model: String) throws(APIError) -> PixelSize {
        let takesRatios = model.contains("kontext") || model.hasSuffix("ultra")
        let separator: Character = takesRatios ? ":" : "x"
        let numbers = size.split(separator: separator, omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let width = numbers[0], let height = numbers[1], width > 0, height > 0 else {
            throw .malformed("“size” of \(model) must be \(takesRatios ? "a ratio such as 16:9" : "pixels such as 1024x768")")
        }
        guard takesRatios else {
            guard [width, height].allSatisfy({ sides.contains($0) && $0.isMultiple(of: 32) }) else {
                throw .malformed("the sides of “size” must be multiples of 32 from 256 to 1440")
            }
            return PixelSize(width: width, height: height)
        }
        // About a megapixel of that shape.
        let scale = (1_048_576 / Double(width * height)).squareRoot()
        func side(_ part: Int) -> Int { max(32, Int((Double(part) * scale / 32).rounded()) * 32) }
        guard width <= 100, height <= 100 else { throw .malformed("“size” must be a ratio such as 16:9") }
        return PixelSize(width: side(width), height: side(height))
    }

    /// The tasks that are asked about, and whether several are.
    static func tasks(_ body: Data) throws(APIError) -> (ids: [String], isBatch: Bool) {
        do throws(APIError) {
            var fields = try RequestFields(body: body)
            let isBatch = try fields.choice("action", among: [Action.retrieve, .retrieveBatch]) == .retrieveBatch
            let ids = isBatch ? try fields.texts("ids") : [try fields.text("id")]
            try fields.finish()
            guard ids.count <= mostTasks else { throw .malformed("“ids” has more than \(mostTasks) items") }
            return (ids, isBatch)
        } catch {
            throw APIError(status: 400, message: error.message)
        }
    }
}
