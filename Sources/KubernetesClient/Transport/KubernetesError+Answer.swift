#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension KubernetesError {
    /// The error that an answer is; `nil` for a status from 200 to 299.
    init?(_ answer: Answer, call: String) {
        guard let code = Self.code(of: answer) else { return nil }
        let body = try? JSONDecoder().decode(StatusBody.self, from: answer.body)
        let status = body?.kind == "Status" ? body : nil
        let text = status?.message.map { ": \(serverText($0))" } ?? ""
        self.init(
            code, Self.sentence(code, answer, call) + (code == .notKubernetes ? "" : text), status: answer.status,
            reason: status?.reason.map { serverText($0) },
            causes: (status?.details?.causes ?? []).prefix(16).map {
                Cause(reason: serverText($0.reason ?? ""), message: serverText($0.message ?? ""))
            },
            retryAfterSeconds: answer.retryAfterSeconds ?? status?.details?.retryAfterSeconds)
    }

    private static func code(of answer: Answer) -> Code? {
        switch answer.status {
        case 200...299: nil
        case 400...599 where answer.isMarkup: .notKubernetes
        case 401: .unauthorized
        case 403: .forbidden
        case 404: .notFound
        case 409: .conflict
        case 410: .expired
        case 429: .tooManyRequests
        case 400...499: .rejected
        case 500...599: .serverError
        default: .notKubernetes
        }
    }

    private static func sentence(_ code: Code, _ answer: Answer, _ call: String) -> String {
        switch code {
        case .unauthorized: "the API server does not know these credentials (\(call), HTTP 401)"
        case .forbidden: "the API server forbids \(call)"
        case .notFound: "the API server has no \(call.split(separator: " ").last ?? "")"
        case .expired: "the list of \(call) went stale while it was read (HTTP 410)"
        case .tooManyRequests: "the API server is too busy for \(call) (HTTP 429)"
        case .notKubernetes: notKubernetes(call, status: answer.status)
        default: "the API server answered \(call) with HTTP \(answer.status)"
        }
    }

    static func notKubernetes(_ call: String, status: Int) -> String {
        "what answered \(call) with HTTP \(status) is not a Kubernetes API server"
    }
}
