/// Kubernetes' `Status` object: what an API server answers when it refuses.
struct StatusBody: Decodable {
    struct Details: Decodable {
        struct Cause: Decodable {
            var reason: String?
            var message: String?
        }

        var causes: [Cause]?
        var retryAfterSeconds: Int?
    }

    var kind: String?
    var message: String?
    var reason: String?
    var details: Details?
}
