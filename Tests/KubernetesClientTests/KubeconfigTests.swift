import KubernetesClient
import Testing

@Suite struct KubeconfigTests {
    private func read(
        _ text: String, context: String? = nil, in directory: String = "/etc/kubernetes"
    ) throws -> Kubeconfig {
        try Kubeconfig(parsing: Array(text.utf8), directory: directory, context: context)
    }

    /// As services.kubernetes writes it into the store.
    static let nixOS = """
        {"apiVersion":"v1","clusters":[{"cluster":{"certificate-authority":"/var/lib/kubernetes/secrets/ca.pem",\
        "server":"https://api.kube:443"},"name":"local"}],"contexts":[{"context":{"cluster":"local",\
        "user":"cluster-admin"},"name":"local"}],"current-context":"local","kind":"Config","users":[{"name":\
        "cluster-admin","user":{"client-certificate":"/var/lib/kubernetes/secrets/cluster-admin.pem",\
        "client-key":"/var/lib/kubernetes/secrets/cluster-admin-key.pem"}}]}
        """

    @Test func whatNixOSWritesIsReadAsReferences() throws {
        let config = try read(Self.nixOS)
        #expect(config.context == "local" && config.server == "https://api.kube:443")
        #expect(config.certificateAuthority == .path("/var/lib/kubernetes/secrets/ca.pem"))
        #expect(config.clientCertificate == .path("/var/lib/kubernetes/secrets/cluster-admin.pem"))
        guard case .path("/var/lib/kubernetes/secrets/cluster-admin-key.pem") = config.clientKey else {
            Issue.record("the key is not a reference")
            return
        }
        #expect(config.token == nil)
    }

    static let yaml = """
        # two clusters
        apiVersion: v1
        kind: Config
        current-context: home
        preferences: {}
        contexts:
        - {name: home, context: {cluster: home, user: me, namespace: x}}
        - {name: work, context: {cluster: work, user: token}}
        - {name: nobody, context: {cluster: home}}
        clusters:
        - name: home
          cluster:
            server: https://10.0.0.1:6443
            tls-server-name: kubernetes
            certificate-authority-data: Y2E=
        - name: work
          cluster: {server: "https://work.example.org", certificate-authority: pki/ca.pem}
        users:
        - name: me
          user:
            client-certificate-data: |
              Y2Vy
              dA==
            client-key-data: a2V5
        - name: token
          user: {token: abc, tokenFile: tok}
        """

    @Test func yamlWithInlineDataIsRead() throws {
        let config = try read(Self.yaml)
        #expect(config.serverName == "kubernetes")
        #expect(config.certificateAuthority == .inline(Array("ca".utf8)))
        #expect(config.clientCertificate == .inline(Array("cert".utf8)))
        guard case .inline(let key) = config.clientKey else {
            Issue.record("the key is not inline")
            return
        }
        #expect(key.withBytes { Array($0) } == Array("key".utf8))
        #expect(!"\(config)".contains("a2V5"))
    }

    @Test func anotherContextAndRelativePathsAreRead() throws {
        let config = try read(Self.yaml, context: "work", in: "/home/me/.kube/")
        #expect(config.certificateAuthority == .path("/home/me/.kube/pki/ca.pem"))
        guard case .path("/home/me/.kube/tok") = config.token else {
            Issue.record("the token is not a reference")
            return
        }
    }

    @Test func aContextWithoutAUserIsAnonymous() throws {
        let config = try read(Self.yaml, context: "nobody")
        #expect(config.clientCertificate == nil && config.clientKey == nil && config.token == nil)
    }

    /// A kubeconfig with these fields of cluster and user.
    static func config(cluster: String = "server: https://a", user: String = "token: x") -> String {
        """
        current-context: c
        contexts: [{name: c, context: {cluster: c, user: u}}]
        clusters: [{name: c, cluster: {\(cluster)}}]
        users: [{name: u, user: {\(user)}}]
        """
    }

    @Test(arguments: [
        ("", KubeconfigError.Code.malformed), ("hello", .malformed), ("[1, 2]", .malformed), ("a: [", .malformed),
        ("\u{0}", .malformed), ("{}", .missing), ("current-context: c", .missing),
        (String(repeating: "#", count: 1 << 20 + 1), .tooLarge),
        (config(cluster: "server: ''"), .missing),
        (config(cluster: "server: http://a"), .insecure),
        (config(cluster: "server: https://a, insecure-skip-tls-verify: true"), .insecure),
        (config(cluster: "server: https://a, proxy-url: http://p"), .notSupported),
        (config(cluster: "server: https://a, certificate-authority-data: '***'"), .malformed),
        (config(user: "client-key-data: a2V5"), .malformed),
        (config(user: "client-certificate: a"), .malformed),
        (config(user: "exec: {command: kubelogin, apiVersion: x}"), .notSupported),
        (config(user: "auth-provider: {name: gcp}"), .notSupported),
        (config(user: "username: a, password: b"), .notSupported),
        (config(user: "token: x, as: root"), .notSupported),
        ("current-context: c\ncontexts: [{name: c, context: {cluster: other}}]\nclusters: []", .missing),
    ])
    func whatCannotBeUsedIsSaid(_ text: String, _ code: KubeconfigError.Code) {
        let error = #expect(throws: KubeconfigError.self) { try read(text) }
        #expect(error?.code == code)
    }

    @Test func thePluginIsNamed() {
        let error = #expect(throws: KubeconfigError.self) { try read(Self.config(user: "exec: {command: kubelogin}")) }
        #expect(error?.message == "not supported: exec plugin kubelogin")
    }

    @Test func anUnknownContextIsNamed() {
        let error = #expect(throws: KubeconfigError.self) { try read(Self.yaml, context: "gone") }
        #expect(error?.code == .missing && error?.message.contains("gone") == true)
    }

    @Test(.timeLimit(.minutes(1))) func deepNestingAndManyAliasesEnd() {
        #expect(throws: KubeconfigError.self) { try read(String(repeating: "[", count: 1 << 20)) }
        #expect(throws: KubeconfigError.self) { try read(String(repeating: "a: {", count: 200_000)) }
        var bomb = "a0: &a0 [x, x]\n"
        for level in 1...40 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(throws: KubeconfigError.self) { try read(bomb) }
        #expect(throws: KubeconfigError.self) { try read(bomb + "current-context: c\ncontexts: *a40\n") }
    }
}
