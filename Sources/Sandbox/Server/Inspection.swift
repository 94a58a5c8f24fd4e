import Foundation
import Hummingbird

/// Below `/sandbox`: what tests and people look at.
struct Inspection: Sendable {
    let provider: Provider

    func add(to router: Router<SandboxContext>) {
        router.get("sandbox/ledger") { _, _ in
            Response(json: try await provider.ledger().encoded())
        }
        router.get("sandbox/statistics") { request, _ in
            var window: Double?
            if let text = request.uri.queryParameters.get("window") {
                guard let seconds = Double(text), seconds.isFinite, seconds > 0 else {
                    throw APIError.malformed("“window” must be a number of seconds above 0")
                }
                window = seconds
            }
            return try Response(json: await provider.statistics(window: window))
        }
    }
}
