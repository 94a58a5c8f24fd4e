import YAML

/// The one vocabulary of `with`, whatever the provider.
enum ParameterVocabulary {
    static let keys: KeyTable = [
        parameter("prompt", "What the picture or clip shows."),
        parameter("negative_prompt", "What it shall not show."),
        parameter("strength", "How far the result may move from the picture it is made from."),
        parameter("mask", "A picture that marks what may be changed: a path, an `https` URL or a step's output."),
        parameter("format", "The kind of file."),
        parameter("count", "How many outputs; where the provider takes fewer at once, it becomes several jobs."),
        parameter("aspect_ratio", "Width to height."),
        parameter("size", "Width and height in pixels: `1024x768`."),
        parameter("quality", "How much effort the provider puts in."),
        parameter("seed", "The same seed gives the same picture, where the provider promises that."),
        parameter("image", "The picture it is made from: a path, an `https` URL or a step's output."),
        parameter("images", "The pictures it is made from: paths, `https` URLs or steps' outputs."),
        parameter("references", "Pictures of what shall appear: paths, `https` URLs or steps' outputs."),
        parameter("resolution", "The size class: `2K`, `4K`."),
        parameter("duration", "How long the clip is: `8s`."),
        parameter("voice", "Who speaks."),
        parameter("model", "The provider's model."),
        parameter("file", "A local file, relative to the manifest."),
        parameter("extra", "Fields for the provider's request that have no name here; they are passed as they are."),
    ]

    /// What a parameter is, in a sentence; nil for one that is the provider's own.
    static func summary(of name: String) -> String? { keys.keys.first { $0.name == name }?.summary }

    private static func parameter(_ name: String, _ summary: String) -> Key { Key(name, summary, .any) }
}
