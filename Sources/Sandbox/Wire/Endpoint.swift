/// An endpoint of the provider's document, named as in its path.
package enum Endpoint: String, Sendable, Codable, CaseIterable, CodingKeyRepresentable {
    case uploadImage = "upload-image"
    case textToImage = "text-to-image"
    case referenceToImage = "reference-to-image"
    case textToVideo = "text-to-video"
    case imageToVideo = "image-to-video"
    case multiReferenceToVideo = "multi-ref-video"
    /// Priced by the document, but without a path there; this one is an assumption.
    case upscaleImage = "upscale-image"
    case job = "job"
    case jobImage = "job-image"
    case jobVideo = "job-video"
    case myLibrary = "my-library"
    case myJobs = "my-jobs"
    case usage = "usage"

    /// Where every path of the API begins.
    static let base = "/public/api/v1"
}

/// An endpoint that creates a job. The raw value is the job's type in listings.
enum Operation: String, Sendable, Codable, CaseIterable {
    case textToImage = "text-to-image"
    case referenceToImage = "reference-to-image"
    case textToVideo = "text-to-video"
    case imageToVideo = "image-to-video"
    case multiReferenceToVideo = "multi-ref-video"
    case upscaleImage = "upscale-image"

    var endpoint: Endpoint {
        switch self {
        case .textToImage: .textToImage
        case .referenceToImage: .referenceToImage
        case .textToVideo: .textToVideo
        case .imageToVideo: .imageToVideo
        case .multiReferenceToVideo: .multiReferenceToVideo
        case .upscaleImage: .upscaleImage
        }
    }

    /// Whether its outputs are clips.
    var makesVideo: Bool {
        switch self {
        case .textToVideo, .imageToVideo, .multiReferenceToVideo: true
        case .textToImage, .referenceToImage, .upscaleImage: false
        }
    }
}
