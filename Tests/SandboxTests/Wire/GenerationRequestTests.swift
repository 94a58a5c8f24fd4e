import Foundation
import Testing

@testable import Sandbox

@Suite struct GenerationRequestTests {
    private func parse(_ operation: Sandbox.Operation, _ json: String) throws -> GenerationRequest {
        try GenerationRequest(operation, body: Data(json.utf8))
    }

    @Test func textToImageHasTheDocumentedDefaults() throws {
        let request = try parse(.textToImage, #"{"prompts": ["A cute cat sleeping"]}"#)
        #expect(request.aspectRatio == .square)
        #expect(request.outputs == 1)
        #expect(request.images == 1)
        #expect(request.prompts == ["A cute cat sleeping"])
    }

    @Test func eachPromptMakesItsNumberOfImages() throws {
        let request = try parse(.textToImage, #"{"prompts": ["a", "b", "c"], "num_images": 4, "aspect_ratio": "3:4"}"#)
        #expect(request.outputs == 12)
        #expect(request.item(ofOutput: 7)?.prompt == "b")
        #expect(request.item(ofOutput: 12) == nil)
    }

    @Test func referencesBelongToEveryPrompt() throws {
        let request = try parse(.referenceToImage, #"{"prompts": ["a", "b"], "reference_images": ["x", "y"], "aspect_ratio": "9:16"}"#)
        #expect(request.items.map(\.imagePaths) == [["x", "y"], ["x", "y"]])
        #expect(request.images == 2)
    }

    @Test func clipsLastEightSecondsByDefault() throws {
        #expect(try parse(.textToVideo, #"{"prompts": ["a"]}"#).seconds == 8)
        #expect(try parse(.textToVideo, #"{"prompts": ["a"], "video_length_seconds": 10}"#).seconds == 10)
        let clip = try parse(.imageToVideo, #"{"items": [{"image_path": "x", "prompt": "a"}], "aspect_ratio": "1:1"}"#)
        #expect(clip.seconds == 8)
        #expect(clip.images == 0)
        let voiced = try parse(.multiReferenceToVideo, #"{"items": [{"image_paths": ["x", "y"], "prompt": "a"}], "voice": "charon"}"#)
        #expect(voiced.voice == .charon)
        #expect(voiced.aspectRatio == .wide)
    }

    @Test func thereAreThirtyVoices() {
        #expect(Voice.allCases.count == 30)
    }

    @Test(arguments: [
        (Sandbox.Operation.textToImage, #"{"prompts": ["a"], "aspect_ratio": "2:1"}"#, "aspect_ratio"),
        (.textToImage, #"{"prompts": ["a"], "num_images": 5}"#, "num_images"),
        (.textToImage, #"{"prompts": ["a"], "num_images": 0}"#, "num_images"),
        (.textToImage, #"{"prompts": ["a"], "num_images": "2"}"#, "num_images"),
        (.textToImage, #"{"prompts": ["a"], "num_images": true}"#, "num_images"),
        (.textToImage, #"{"prompts": []}"#, "prompts"),
        (.textToImage, #"{"prompts": "a"}"#, "prompts"),
        (.textToImage, #"{"prompts": [" \n"]}"#, "prompts[0]"),
        (.textToImage, #"{"prompts": ["a", 1]}"#, "prompts[1]"),
        (.textToImage, #"{"prompt": "a"}"#, "prompts"),
        (.textToImage, #"{"prompts": ["a"], "seed": 7}"#, "seed"),
        (.referenceToImage, #"{"prompts": ["a"]}"#, "reference_images"),
        (.referenceToImage, #"{"prompts": ["a"], "reference_images": ["x"], "num_images": 2}"#, "num_images"),
        (.referenceToImage, #"{"prompts": ["a"], "reference_images": ["x"], "aspect_ratio": "4:3"}"#, "aspect_ratio"),
        (.textToVideo, #"{"prompts": ["a"], "video_length_seconds": 7}"#, "video_length_seconds"),
        (.textToVideo, #"{"prompts": ["a"], "aspect_ratio": "3:4"}"#, "aspect_ratio"),
        (.imageToVideo, #"{"items": [{"image_path": "x"}]}"#, "items[0].prompt"),
        (.imageToVideo, #"{"items": [{"image_path": "x", "prompt": "a", "loop": true}]}"#, "items[0].loop"),
        (.imageToVideo, #"{"items": [{"image_path": "x", "prompt": "a"}], "video_length_seconds": 8}"#, "video_length_seconds"),
        (.multiReferenceToVideo, #"{"items": [{"image_paths": [], "prompt": "a"}]}"#, "items[0].image_paths"),
        (.multiReferenceToVideo, #"{"items": [{"image_paths": ["x"], "prompt": "a"}], "voice": "bob"}"#, "voice"),
        (.multiReferenceToVideo, #"{"items": [{"image_paths": ["x"], "prompt": "a"}], "aspect_ratio": "16:9"}"#, "aspect_ratio"),
        (.upscaleImage, #"{"image_path": "x", "resolution": "4K"}"#, "resolution"),
        (.upscaleImage, #"{"image_path": "x"}"#, "resolution"),
        (.upscaleImage, #"{"resolution": "2k"}"#, "image_path"),
    ])
    func whatTheDocumentDoesNotHaveIsRefusedByName(_ operation: Sandbox.Operation, _ json: String, _ field: String) throws {
        let error = try #require(throws: APIError.self) { try parse(operation, json) }
        #expect(error.status == 422)
        #expect(error.message.contains("“\(field)”"), "\(error.message)")
    }

    @Test(arguments: [
        "", "{", "null", "[]", #""text""#, #"{"prompts": ["A cute cat sleeping"}"#, "{\"prompts\": [\"\u{0}\"", "\u{FEFF}",
        String(repeating: "[", count: 100_000), String(repeating: #"{"a":"#, count: 50_000),
    ])
    func hostileBodiesAreMalformed(_ body: String) throws {
        let error = try #require(throws: APIError.self) { try parse(.textToImage, body) }
        #expect(error.status == 400)
    }

    @Test func longPromptsAndLongListsAreRefused() throws {
        let long = String(repeating: "a", count: RequestFields.longestPrompt + 1)
        #expect(throws: APIError.self) { try parse(.textToImage, #"{"prompts": ["\#(long)"]}"#) }
        let many = Array(repeating: #""a""#, count: RequestFields.mostItems + 1).joined(separator: ",")
        #expect(throws: APIError.self) { try parse(.textToImage, #"{"prompts": [\#(many)]}"#) }
    }

    @Test func theLongSideOfAnUpscaleIsTheResolution() {
        let wide = AspectRatio.wide.pictureSize
        #expect(UpscaleResolution.fourK.size(for: wide) == PixelSize(width: 3840, height: 2194))
        #expect(UpscaleResolution.twoK.size(for: wide) == PixelSize(width: 2048, height: 1170))
        #expect(UpscaleResolution.fourK.size(for: AspectRatio.tall.pictureSize).longSide == 3840)
        #expect(UpscaleResolution.fourK.size(for: AspectRatio.square.pictureSize) == PixelSize(width: 3840, height: 3840))
        #expect(UpscaleResolution.twoK.size(for: PixelSize(width: 4000, height: 10)) == PixelSize(width: 4000, height: 10))
    }
}
