import Testing

@testable import KubernetesClient

@Suite struct ServerLocationTests {
    @Test(arguments: [
        ("https://Api.Kube", "api.kube", "api.kube", 443, ""),
        ("https://10.0.0.1:6443/", "10.0.0.1", "10.0.0.1", 6_443, ""),
        ("https://[fd7a::1]:6443/k8s/clusters/c-1/", "fd7a::1", "fd7a::1", 6_443, "/k8s/clusters/c-1"),
    ])
    func aURLIsTakenApart(_ url: String, _ identity: String, _ host: String, _ port: Int, _ prefix: String) throws {
        let location = try ServerLocation(APIServerAccess(server: url, authority: .system))
        #expect(location.identity == identity)
        #expect(location.dial == .init(host: host, port: port))
        #expect(location.prefix == prefix)
        #expect(location.override.isEmpty)
    }

    @Test func aTunnelIsDialledAndTheServerNamed() throws {
        let location = try ServerLocation(
            APIServerAccess(
                server: "https://[fd7a::1]:6443", connectAddress: .init(host: "127.0.0.1", port: 40_001),
                authority: .system))
        #expect(location.base == "https://[fd7a::1]:40001")
        #expect(location.override == ["[fd7a::1]": "127.0.0.1"])
    }

    @Test(arguments: [
        "", "api.kube", "ftp://a", "https://a:0", "https://a:99999", "https://a?x=1", "https://a#x",
        "https://[zz::1]", "https://a%00b", "https://ä.example",
    ])
    func anythingElseIsMisconfigured(_ url: String) {
        let error = #expect(throws: KubernetesError.self) {
            try ServerLocation(APIServerAccess(server: url, authority: .system))
        }
        #expect(error?.code == .misconfigured)
    }

    @Test func queriesAreEscaped() {
        #expect(Transport.escaped("a/b=c d&ä~_-.") == "a%2Fb%3Dc%20d%26%C3%A4~_-.")
    }
}
