import Pipeline

/// One HTTP request with holes.
package struct RequestTemplate: Hashable, Sendable {
    package enum Method: String, Hashable, Sendable {
        case get
        case post
        case put
    }

    package enum Body: Hashable, Sendable {
        case none
        /// A JSON object.
        case json(Template)
        /// `multipart/form-data`; a field that ends in `[]` repeats for each element of a list.
        case form(Template)
        /// The file's bytes as they are.
        case file
    }

    package let method: Method
    /// Relative to the host's path, or, for `toUploadHost`, a whole URL that an earlier reply gave.
    package let path: TextTemplate
    /// Where the reply to the submission may hold a URL for this request; only its path is used, on our own host, and it must hold the
    /// job id.
    package let replyURL: JSONPointer?
    /// Goes to one of the definition's upload hosts, without the key.
    package let toUploadHost: Bool
    package let headers: [String: Template]
    package let query: [String: Template]
    package let body: Body
    /// Where in the body a campaign's `extra` goes. Root: beside the template's own fields.
    package let extraAt: JSONPointer
    /// Pieces of the reply kept for the next step, by the placeholder's name.
    package let keep: [String: JSONPointer]
    /// How long what this request gave can be used.
    package let validity: Duration?

    package init(
        method: Method, path: TextTemplate, replyURL: JSONPointer?, toUploadHost: Bool, headers: [String: Template],
        query: [String: Template],
        body: Body, extraAt: JSONPointer, keep: [String: JSONPointer], validity: Duration?
    ) {
        self.method = method
        self.path = path
        self.replyURL = replyURL
        self.toUploadHost = toUploadHost
        self.headers = headers
        self.query = query
        self.body = body
        self.extraAt = extraAt
        self.keep = keep
        self.validity = validity
    }

    /// Every placeholder within.
    package var placeholders: [Placeholder] {
        let inBody: [Placeholder] =
            switch body {
            case .json(let template), .form(let template): template.placeholders
            case .none, .file: []
            }
        return path.placeholders + headers.values.flatMap(\.placeholders) + query.values.flatMap(\.placeholders) + inBody
    }

    /// The body's own fields at `extraAt`: what `extra` may not set.
    package var fieldsBesideExtra: Set<String> {
        guard case .json(var template) = body else {
            if case .form(.map(let fields)) = body { return Set(fields.keys) }
            return []
        }
        for segment in extraAt.segments {
            guard case .key(let key) = segment, case .map(let entries) = template, let child = entries[key] else { return [] }
            template = child
        }
        guard case .map(let fields) = template else { return [] }
        return Set(fields.keys)
    }
}

/// How a job is asked about.
package struct PollRequest: Hashable, Sendable {
    package let request: RequestTemplate
    package let minInterval: Duration
    package let maxInterval: Duration

    package init(request: RequestTemplate, minInterval: Duration, maxInterval: Duration) {
        self.request = request
        self.minInterval = minInterval
        self.maxInterval = maxInterval
    }
}

/// One request that asks about several jobs.
package struct BatchRequest: Hashable, Sendable {
    package let request: RequestTemplate
    /// Where the list of jobs is in the reply.
    package let items: [JSONPointer]
    /// Where the id may be in one of them, first match.
    package let id: [JSONPointer]
    /// Jobs in one request at most; nil: it names none, and tells of all.
    package let maxJobs: Int?

    package init(request: RequestTemplate, items: [JSONPointer], id: [JSONPointer], maxJobs: Int?) {
        self.request = request
        self.items = items
        self.id = id
        self.maxJobs = maxJobs
    }
}

/// A request about the account: its usage, its jobs, its library.
package struct AccountRequest: Hashable, Sendable {
    package let request: RequestTemplate
    /// Where the list is in the reply, first match; empty where the reply is no list.
    package let items: [JSONPointer]
    /// Where a URL of the next page may be.
    package let next: JSONPointer?
    /// Our names of fields (`id`, `type`, `prompt`, `created`, `credits` …) and where each may be, first match.
    package let fields: [String: [JSONPointer]]

    package init(request: RequestTemplate, items: [JSONPointer], next: JSONPointer?, fields: [String: [JSONPointer]]) {
        self.request = request
        self.items = items
        self.next = next
        self.fields = fields
    }
}

/// What a condition changes in an operation's request.
package struct RequestVariant: Hashable, Sendable {
    package let condition: Condition
    /// Nil: as it is.
    package let method: RequestTemplate.Method?
    package let path: TextTemplate?
    /// Laid over the request's own.
    package let query: [String: Template]
    package let json: Template?

    package init(condition: Condition, method: RequestTemplate.Method?, path: TextTemplate?, query: [String: Template], json: Template?) {
        self.condition = condition
        self.method = method
        self.path = path
        self.query = query
        self.json = json
    }

    /// `request` with this change.
    package func applied(to request: RequestTemplate) -> RequestTemplate {
        let body: RequestTemplate.Body =
            switch (request.body, json) {
            case (.json(let template), let patch?): .json(template.merged(with: patch))
            case (.none, let patch?): .json(patch)
            default: request.body
            }
        return RequestTemplate(
            method: method ?? request.method, path: path ?? request.path, replyURL: request.replyURL, toUploadHost: request.toUploadHost,
            headers: request.headers, query: request.query.merging(query) { $1 }, body: body, extraAt: request.extraAt, keep: request.keep,
            validity: request.validity)
    }
}
