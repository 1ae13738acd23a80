import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A server URL taken apart: where to dial, and who must answer.
struct ServerLocation: Sendable, Equatable {
    /// The name or address the certificate must be for; lower case, IPv6 without brackets.
    var identity: String
    var dial: APIServerAccess.Endpoint
    /// What errors call it.
    var name: String
    /// The URL's path without a slash at its end.
    var prefix: String

    init(_ access: APIServerAccess) throws(KubernetesError) {
        guard let components = URLComponents(string: access.server), let rawHost = components.host,
            components.user == nil, components.password == nil, components.query == nil, components.fragment == nil
        else { throw KubernetesError(.misconfigured, "the server of the API is not a URL like https://HOST:6443") }
        guard components.scheme?.lowercased() == "https" else {
            throw KubernetesError(.misconfigured, "an API server is asked over https only")
        }
        let host = try Self.checked(rawHost)
        let port = components.port ?? 443
        identity = try access.serverName.map(Self.checked) ?? host
        dial = access.connectAddress ?? APIServerAccess.Endpoint(host: host, port: port)
        dial.host = try Self.checked(dial.host)
        name = access.calledAs ?? "\(dial.host):\(dial.port)"
        prefix = components.percentEncodedPath
        while prefix.hasSuffix("/") { prefix.removeLast() }
        guard (1...65_535).contains(dial.port) else {
            throw KubernetesError(.misconfigured, "the port of the API server is not from 1 to 65535")
        }
    }

    /// What goes before a path: the host here is the one that TLS names, whatever is dialled.
    var base: String { "https://\(Self.urlHost(identity)):\(dial.port)\(prefix)" }

    /// For AsyncHTTPClient: connect to the value where the URL says the key.
    var override: [String: String] { identity == dial.host ? [:] : [Self.urlHost(identity): dial.host] }

    private static func urlHost(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

    /// Lower case and bare; only what a DNS name (with `_`, which resolvers allow) or an address is made of.
    private static func checked(_ text: String) throws(KubernetesError) -> String {
        var host = text.lowercased()
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        if host.contains(":") {
            guard (try? SocketAddress(ipAddress: host, port: 0)) != nil else {
                throw KubernetesError(.misconfigured, "the host of the API server is not an address")
            }
            return host
        }
        if host.hasSuffix(".") { host.removeLast() }
        let isName = host.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || [0x2D, 0x2E, 0x5F].contains($0)
        }
        guard isName, (1...253).contains(host.utf8.count) else {
            throw KubernetesError(.misconfigured, "the host of the API server is not a DNS name or an address")
        }
        return host
    }
}
