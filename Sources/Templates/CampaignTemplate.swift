/// A campaign to start from, as it comes with the program.
package struct CampaignTemplate: Sendable {
    /// A file that the campaign takes.
    package struct File: Sendable {
        /// Relative to the campaign, `/`-separated.
        package let path: String
        package let bytes: [UInt8]
    }

    /// `ecommerce`.
    package let name: String
    /// What people call it when they are asked what they make: `products`.
    package let alias: String
    /// The manifest, with its comments.
    package let text: String
    /// Input files that the manifest names.
    package let files: [File]

    /// What it makes, in one sentence: the manifest's first comment.
    package var summary: String {
        String(text.prefix { $0 != "\n" }.drop { $0 == "#" || $0 == " " })
    }

    /// Every template, the most asked-for first.
    package static let all = [
        CampaignTemplate(name: "ecommerce", alias: "products", bytes: PackageResources.ecommerce_yaml),
        CampaignTemplate(name: "social", alias: "clips", bytes: PackageResources.social_yaml),
        CampaignTemplate(name: "website", alias: "site", bytes: PackageResources.website_yaml),
        CampaignTemplate(
            name: "advertising", alias: "ads", bytes: PackageResources.advertising_yaml,
            files: [File(path: "assets/product.png", bytes: PackageResources.product_png)]),
    ]

    /// The template of this name or alias; nil where there is none.
    package static func named(_ name: String) -> CampaignTemplate? { all.first { $0.name == name || $0.alias == name } }

    private init(name: String, alias: String, bytes: [UInt8], files: [File] = []) {
        self.name = name
        self.alias = alias
        text = String(decoding: bytes, as: UTF8.self)
        self.files = files
    }
}
