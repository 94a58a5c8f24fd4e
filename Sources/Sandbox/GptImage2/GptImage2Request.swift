import Foundation

/// What gptimage2.plus takes at `/api/v1/generate` and `/api/v1/upload`, by its document. Everything it refuses is a 400.
enum GptImage2Request {
    enum Kind: String, CaseIterable, Sendable { case text2img, edit }
    enum Quality: String, CaseIterable, Sendable { case low, medium, high }

    enum Size: String, CaseIterable, Sendable {
        case square = "1024x1024"
        case tall = "1024x1536"
        case wide = "1536x1024"

        var pixels: PixelSize {
            switch self {
            case .square: PixelSize(width: 1024, height: 1024)
            case .tall: PixelSize(width: 1024, height: 1536)
            case .wide: PixelSize(width: 1536, height: 1024)
            }
        }
    }

    enum ContentType: String, CaseIterable, Sendable {
        case png = "image/png"
        case jpeg = "image/jpeg"
        case webp = "image/webp"

        var fileExtension: String { self == .jpeg ? "jpg" : self == .png ? "png" : "webp" }
    }

    private static let longestPrompt = 4000
    private static let longestFileName = 200
    private static let mostInputs = 4

    /// The body of a submission.
    ///
    /// - Throws: ``APIError`` (400).
    static func generation(_ body: Data) throws(APIError) -> GenerationRequest {
        do throws(APIError) {
            var fields = try RequestFields(body: body)
            let prompt = try fields.text("prompt")
            guard prompt.count <= longestPrompt else { throw .malformed("“prompt” is longer than \(longestPrompt) characters") }
            let kind = try fields.choice("type", among: Kind.allCases, default: .text2img)
            let size = try fields.choice("size", among: Size.allCases, default: .square)
            let quality = try fields.choice("quality", among: Quality.allCases, default: .medium)
            let count = try fields.number("n", among: [1, 2, 3, 4], default: 1)
            let hasInputs = fields.has("inputImageKeys")
            let inputs = hasInputs ? try fields.texts("inputImageKeys") : []
            try fields.finish()
            guard inputs.count <= mostInputs else { throw .malformed("“inputImageKeys” has more than \(mostInputs) items") }
            guard (kind == .edit) == !inputs.isEmpty else {
                throw .malformed(kind == .edit ? "“inputImageKeys” is required when type=edit" : "“inputImageKeys” goes with type=edit")
            }
            // "high = HD 2K".
            let pixels = quality == .high ? UpscaleResolution.twoK.size(for: size.pixels) : size.pixels
            return GenerationRequest(
                operation: kind == .edit ? .referenceToImage : .textToImage,
                items: [GenerationRequest.Item(prompt: prompt, imagePaths: inputs)], outputsPerItem: count, pixels: pixels,
                quality: quality.rawValue)
        } catch {
            throw APIError(status: 400, message: error.message)
        }
    }

    /// What a client is about to upload.
    struct Upload: Sendable, Equatable {
        var contentType: ContentType
        var bytes: Int
    }

    /// - Throws: ``APIError`` (400).
    static func upload(_ body: Data) throws(APIError) -> Upload {
        do throws(APIError) {
            var fields = try RequestFields(body: body)
            let name = try fields.text("filename")
            guard name.count <= longestFileName else { throw .malformed("“filename” is longer than \(longestFileName) characters") }
            let type = try fields.choice("contentType", among: ContentType.allCases)
            let bytes = try fields.number("size", in: 1...GptImage2API.largestUpload)
            try fields.finish()
            return Upload(contentType: type, bytes: bytes)
        } catch {
            throw APIError(status: 400, message: error.message)
        }
    }
}
