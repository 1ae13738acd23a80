import Secrets

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension APIServerConnection {
    /// Has the server make a token for the account `default` of kube-system, and asks it something with that token.
    ///
    /// False when the server does not know its own token: then pods' tokens are worth nothing either. The token ends within
    /// minutes and leaves no object. Nothing else is changed.
    public func acceptsNewToken(_ access: APIServerAccess) async throws -> Bool {
        var own = access
        own.clientCertificate = nil
        own.token = try await newToken()
        return try await APIServerConnection.with(own, limits: limits) { connection in
            do {
                _ = try await connection.object(
                    AnyAnswer.self, at: "/api/v1/namespaces/kube-system/serviceaccounts/default")
                return true
            } catch let error as KubernetesError where error.code == .unauthorized {
                return false
            } catch let error as KubernetesError where error.code == .forbidden {
                // It knows who asks, and that is all that was asked.
                return true
            }
        }
    }

    private func newToken() async throws -> SecretBytes {
        let path = "/api/v1/namespaces/kube-system/serviceaccounts/default/token"
        let answer = try await send(.post, TokenRequest(), to: path, answer: TokenAnswer.self)
        var bytes = Array(answer.status.token.utf8)
        return SecretBytes(consuming: &bytes)
    }

    /// Where the service `kubernetes` leads.
    public func apiServerAddresses() async throws -> [String] {
        let endpoints = try await object(Endpoints.self, at: "/api/v1/namespaces/default/endpoints/kubernetes")
        return (endpoints.subsets ?? []).flatMap { $0.addresses ?? [] }.map(\.ip)
    }
}

private struct AnyAnswer: Decodable {}

private struct TokenRequest: Encodable {
    struct Spec: Encodable {
        /// The least that the server accepts.
        var expirationSeconds = 600
    }

    var apiVersion = "authentication.k8s.io/v1"
    var kind = "TokenRequest"
    var spec = Spec()
}

private struct TokenAnswer: Decodable {
    struct Status: Decodable {
        var token: String
    }

    var status: Status
}

private struct Endpoints: Decodable {
    struct Subset: Decodable {
        struct Address: Decodable {
            var ip: String
        }

        var addresses: [Address]?
    }

    var subsets: [Subset]?
}
