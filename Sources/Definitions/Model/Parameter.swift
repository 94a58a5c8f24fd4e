package import Foundation
package import Pipeline

/// How a picture gets from us to a provider.
package enum MediaRoute: String, Hashable, Sendable, CaseIterable {
    /// Brought to the account first; the request holds the reference that the upload gave.
    case upload
    /// An `https` URL that the provider fetches by itself.
    case url
    /// Inlined into the request as a `data:` URI.
    case dataURI = "data_uri"
    /// Sent within the request as a part of a form.
    case file
    /// Named by the job (and index) of this provider that made it.
    case job
}

/// One parameter that an operation takes.
package struct Parameter: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case text
        /// A short word without spaces or control characters.
        case token
        /// A name with slashes, safe in a URL's path.
        case path
        case int
        case number
        case bool
        /// `WIDTHxHEIGHT` in pixels.
        case size
        case image
        case images
        case json
    }

    /// A value a campaign may write and what is sent for it.
    package struct Choice: Hashable, Sendable {
        package let written: String
        package let sent: Value

        package init(written: String, sent: Value) {
            self.written = written
            self.sent = sent
        }
    }

    package let name: String
    package let kind: Kind
    package let isRequired: Bool
    /// As a campaign would write it.
    package let defaultValue: Value?
    /// Empty: any value of the kind.
    package let choices: [Choice]
    /// Whether values beside `choices` are let through, with a warning.
    package let isOpen: Bool
    /// Of a number, a size's sides, or the length of `images`.
    package let minimum: Decimal?
    package let maximum: Decimal?
    /// A size's sides are multiples of this many pixels.
    package let step: Int?
    /// In characters.
    package let maxLength: Int?
    /// Of a picture that goes as a `data:` URI.
    package let maxBytes: Int?
    /// How a picture may be handed over, best first.
    package let takes: [MediaRoute]
    /// The parameter that this one is another way to write (`aspect_ratio` for `size`): its sent value becomes that one's.
    package let fills: String?
    /// The provider takes no count: each of that many outputs is a job of its own.
    package let splitsIntoJobs: Bool

    package init(
        name: String, kind: Kind, isRequired: Bool, defaultValue: Value?, choices: [Choice], isOpen: Bool, minimum: Decimal?,
        maximum: Decimal?,
        step: Int?, maxLength: Int?, maxBytes: Int?, takes: [MediaRoute], fills: String?, splitsIntoJobs: Bool
    ) {
        self.name = name
        self.kind = kind
        self.isRequired = isRequired
        self.defaultValue = defaultValue
        self.choices = choices
        self.isOpen = isOpen
        self.minimum = minimum
        self.maximum = maximum
        self.step = step
        self.maxLength = maxLength
        self.maxBytes = maxBytes
        self.takes = takes
        self.fills = fills
        self.splitsIntoJobs = splitsIntoJobs
    }

    /// The route for `source`, best first; nil where the provider takes it by none.
    package func route(for source: MediaSource) -> MediaRoute? {
        takes.first { route in
            switch (route, source) {
            case (.url, .url): true
            case (.url, _), (_, .url): false
            case (.dataURI, .file(let file)): maxBytes.map { file.bytes <= $0 } ?? true
            case (.job, .output): true
            case (.job, .file): false
            case (.upload, _), (.file, _), (.dataURI, _): true
            }
        }
    }
}
