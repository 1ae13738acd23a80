/// A kubeconfig file as it is written; only what is used, and what must be refused.
struct KubeconfigFile: Decodable {
    struct NamedContext: Decodable {
        struct Context: Decodable {
            var cluster: String?
            var user: String?
        }

        var name: String
        var context: Context?
    }

    struct NamedCluster: Decodable {
        var name: String
        var cluster: Cluster?
    }

    struct Cluster: Decodable {
        var server: String?
        var authority: String?
        var authorityData: String?
        var isUnverified: Bool?
        var serverName: String?
        var proxy: String?

        private enum CodingKeys: String, CodingKey {
            case server
            case authority = "certificate-authority"
            case authorityData = "certificate-authority-data"
            case isUnverified = "insecure-skip-tls-verify"
            case serverName = "tls-server-name"
            case proxy = "proxy-url"
        }
    }

    struct NamedUser: Decodable {
        var name: String
        var user: User?
    }

    struct User: Decodable {
        struct Plugin: Decodable {
            var command: String?
            var name: String?
        }

        var certificate: String?
        var certificateData: String?
        var key: String?
        var keyData: String?
        var token: String?
        var tokenFile: String?
        var userName: String?
        var impersonated: String?
        var exec: Plugin?
        var provider: Plugin?

        private enum CodingKeys: String, CodingKey {
            case token, tokenFile, exec
            case certificate = "client-certificate"
            case certificateData = "client-certificate-data"
            case key = "client-key"
            case keyData = "client-key-data"
            case userName = "username"
            case impersonated = "as"
            case provider = "auth-provider"
        }
    }

    var current: String?
    var contexts: [NamedContext]?
    var clusters: [NamedCluster]?
    var users: [NamedUser]?

    private enum CodingKeys: String, CodingKey {
        case contexts, clusters, users
        case current = "current-context"
    }
}
