import NIOCore
import NIOSSL

/// The name or address that a server's certificate must carry.
///
/// NIOSSL's own check takes an IP address from the socket: over a tunnel every certificate for 127.0.0.1 would pass,
/// and none for the address behind it. So the chain is verified by NIOSSL, and who the certificate is for is verified
/// here, by the rules that Go's clients (kubectl) apply: alternative names only, never the common name; an address
/// matches an address only; `*` stands for exactly one whole label at the left.
struct ServerIdentity: Sendable {
    /// The certificate is for somebody else. Nothing was sent.
    struct Mismatch: Error {
        var expected: String
    }

    private enum Expected: Sendable {
        case address(SocketAddress)
        case name([Substring])
    }

    /// As it was given, for messages.
    let text: String
    private let expected: Expected

    /// `identity` in lower case, IPv6 without brackets.
    init(_ identity: String) {
        text = identity
        if let address = try? SocketAddress(ipAddress: identity, port: 0) {
            expected = .address(address)
        } else {
            expected = .name(identity.split(separator: ".", omittingEmptySubsequences: false))
        }
    }

    func isCarried(by certificate: NIOSSLCertificate) -> Bool {
        certificate._subjectAlternativeNames().contains { name in
            switch expected {
            case .address(let address):
                guard name.nameType == .ipAddress else { return false }
                return (try? SocketAddress(packedIPAddress: ByteBuffer(bytes: name.contents), port: 0)) == address
            case .name(let labels):
                guard name.nameType == .dnsName else { return false }
                return Self.matches(labels, pattern: String(decoding: name.contents, as: UTF8.self))
            }
        }
    }

    private static func matches(_ labels: [Substring], pattern: String) -> Bool {
        var pattern = pattern.lowercased()
        if pattern.hasSuffix(".") { pattern.removeLast() }
        let wanted = pattern.split(separator: ".", omittingEmptySubsequences: false)
        guard wanted.count == labels.count, !wanted.contains("") else { return false }
        if wanted.first == "*", wanted.count > 1 { return wanted.dropFirst().elementsEqual(labels.dropFirst()) }
        return wanted.elementsEqual(labels)
    }
}
