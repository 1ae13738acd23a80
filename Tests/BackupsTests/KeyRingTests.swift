import Testing

@testable import Backups

@Suite struct KeyRingTests {
    private static func ring(_ text: String) -> KeyRing {
        var ring = KeyRing(encryption: ["e"])
        ring.add("e", Array(text.utf8))
        return ring
    }

    private static let yaml = """
        kind: EncryptionConfiguration
        apiVersion: apiserver.config.k8s.io/v1
        resources:
          - resources: [secrets]
            providers:
              - aescbc:
                  keys:
                    - name: key1
                      secret: c2VjcmV0IGlzIHNlY3VyZQ==
                    - {name: "key 3", secret: x}
              - secretbox: {keys: [{name: key2, secret: YWJj}]}
              - identity: {}
        """
    private static let json =
        #"{"resources":[{"providers":[{"aescbc":{"keys":[{"name":"key1","secret":"x"}]}},{"secretbox":{"keys":[{"name":"key2"}]}}]}]}"#

    /// A name counts below its own provider only: `aescbc key1` and `secretbox key2` are no `secretbox key1`.
    @Test(arguments: [yaml, json])
    func aKeyIsCoveredByItsProviderAndName(text: String) {
        let ring = Self.ring(text)
        #expect(ring.covers(encryptionKey: "aescbc key1"))
        #expect(ring.covers(encryptionKey: "secretbox key2"))
        #expect(!ring.covers(encryptionKey: "secretbox key1"))
        #expect(!ring.covers(encryptionKey: "aescbc key2"))
        #expect(!ring.covers(encryptionKey: "aesgcm key1"))
    }

    @Test func commentsAndAKeyThatIsElsewhereCoverNothing() {
        let ring = Self.ring(
            """
            resources:
              - providers:
                  - aescbc:
                      keys:
                        # - name: old
                        - name: new  # not - name: older
                          secret: YWJj
                  - kms: {name: vault, endpoint: "unix:///x"}
            """)
        #expect(ring.covers(encryptionKey: "aescbc new"))
        for name in ["aescbc old", "aescbc older", "kms vault", "aescbc vault"] {
            #expect(!ring.covers(encryptionKey: name), "\(name)")
        }
    }

    @Test func nothingCoversWhereNothingIsConfigured() {
        #expect(!Self.ring("").covers(encryptionKey: "aescbc key1"))
        #expect(!KeyRing().covers(encryptionKey: "aescbc key1"))
    }
}
