#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A whole answer of a server, within the limit of its request.
struct Answer: Sendable {
    var status: Int
    /// Lower case; empty where the server gave none.
    var contentType: String
    /// From the header `Retry-After`, where it is a number of seconds.
    var retryAfterSeconds: Int?
    var body: Data

    /// HTML or XML, which no API server sends: a proxy's page.
    var isMarkup: Bool { contentType.hasPrefix("text/html") || firstByte == UInt8(ascii: "<") }

    /// Begins as every Kubernetes object does.
    var isJSONObject: Bool { firstByte == UInt8(ascii: "{") }

    private var firstByte: UInt8? { body.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } }

    /// Decodes a Kubernetes object. Throws ``KubernetesError``: `notKubernetes` for what is no JSON object, `malformed`
    /// with the field's name for what is one of another shape.
    func decoded<Value: Decodable>(as type: Value.Type, call: String) throws -> Value {
        guard isJSONObject else {
            throw KubernetesError(
                .notKubernetes, KubernetesError.notKubernetes(call, status: status), status: status)
        }
        do {
            return try JSONDecoder().decode(type, from: body)
        } catch let error as DecodingError {
            throw KubernetesError(
                .malformed, "the answer to \(call) is malformed\(Self.place(of: error))", status: status)
        }
    }

    /// Where decoding stopped, as `at items.3.metadata.name`; never the value found there.
    private static func place(of error: DecodingError) -> String {
        let keys: [any CodingKey]
        switch error {
        case .keyNotFound(let key, let context): keys = context.codingPath + [key]
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            keys = context.codingPath
        @unknown default: keys = []
        }
        guard !keys.isEmpty else { return "" }
        return " at " + serverText(keys.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: "."))
    }
}
