import PKI

/// What an archive's files say that a restore depends on, by path in it: certificates, of private keys the public half,
/// and the words of configurations of encryption at rest.
public struct KeyRing: Sendable {
    static let limit: Int64 = 256 << 10

    /// By path in the archive.
    private(set) var certificates: [String: CertificateDetails] = [:]
    private var keys: [String: PublicKeyIdentity] = [:]
    private var providers: [String: Set<String>] = [:]
    /// Names of files whose words are kept.
    private let encryption: Set<String>

    /// `encryption`: paths in the archive of files that `--encryption-provider-config` names.
    public init(encryption: Set<String> = []) { self.encryption = encryption }

    func mayHold(_ path: String) -> Bool { encryption.contains(path) || path.hasPrefix(ArchiveNames.nodes) }

    /// Whatever a file is called: keys and certificates say what they are.
    private static func isPEM(_ bytes: [UInt8]) -> Bool { bytes.firstRange(of: Array("-----BEGIN ".utf8)) != nil }

    /// Takes what it knows; other content is passed over.
    public mutating func add(_ path: String, _ bytes: [UInt8]) {
        guard bytes.count <= Self.limit, mayHold(path) else { return }
        if encryption.contains(path) {
            providers[path] = Self.providers(of: bytes)
        } else if !Self.isPEM(bytes) {
            return
        } else if let bundle = try? CertificateBundle(parsing: bytes) {
            certificates[path] = bundle.leaf
        } else if let key = try? PublicKeyIdentity(privateKeyPEM: bytes) {
            keys[path] = key
        }
    }

    /// Whether the certificate was issued for the key; `nil` where one of them is not there or cannot be read.
    func fits(key: String, certificate: String) -> Bool? {
        guard let key = keys[key], let certificate = certificates[certificate] else { return nil }
        return certificate.matches(key)
    }

    func certificate(_ path: String) -> CertificateDetails? { certificates[path] }

    /// Whether some configuration has a key of a provider, as `aescbc key1`.
    public func covers(encryptionKey: String) -> Bool {
        providers.values.contains { $0.contains(encryptionKey) }
    }

    private static let knownProviders: Set<Substring> = ["aescbc", "aesgcm", "secretbox"]

    /// `aescbc key1` for each key: a configuration's words in their order, where a name follows its provider. The key of a kms
    /// is elsewhere. Comments say nothing.
    private static func providers(of bytes: [UInt8]) -> Set<String> {
        let lines = bytes.split { $0 == 10 || $0 == 13 }.map { String(decoding: $0, as: UTF8.self)[...] }.map { line in
            line.firstRange(of: #/(^|\s)#/#).map { line[..<$0.lowerBound] } ?? line
        }
        let words = lines.joined(separator: "\n").split { $0.isWhitespace || ":,\"'{}[]".contains($0) }
        var found: Set<String> = []
        var provider: Substring?
        var isName = false
        for word in words where word != "-" {
            if isName, let provider { found.insert("\(provider) \(word)") }
            isName = word == "name"
            if word == "kms" { provider = nil } else if knownProviders.contains(word) { provider = word }
        }
        return found
    }

    /// Paths of certificates that are not valid at a moment, sorted.
    public func expired(at time: Int64) -> [String] {
        certificates.filter { $0.value.notAfter < time }.map(\.key).sorted()
    }

    public var certificateCount: Int { certificates.count }
}
