/// An endpoint of a provider's document: Flow AI's named as in its path, those of others with the provider in front.
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
    case gptimage2Generate = "gptimage2-generate"
    case gptimage2Generation = "gptimage2-generation"
    case gptimage2Upload = "gptimage2-upload"
    case aceDataImages = "acedata-images"
    case aceDataTasks = "acedata-tasks"
    /// At the host of files: where presigned uploads go.
    case presignedPut = "presigned-put"
    /// At the host of files: where results are public.
    case publicFile = "public-file"

    /// Where every path of Flow AI's API begins.
    static let base = "/public/api/v1"

    /// Whether it creates jobs.
    var isSubmission: Bool { [.gptimage2Generate, .aceDataImages].contains(self) || Operation.allCases.contains { $0.endpoint == self } }

    /// Whether it is at the host of files, where no key is ever to be seen and no request counts.
    var isOfFileHost: Bool { self == .presignedPut || self == .publicFile }
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
