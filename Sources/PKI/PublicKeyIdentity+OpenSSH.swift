#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension PublicKeyIdentity {
    /// Reads a line as `ssh-keygen -y` prints it and `authorized_keys` holds it: type, base64, and perhaps a comment.
    ///
    /// The types `ssh-rsa`, `ecdsa-sha2-nistp256`, `-nistp384`, `-nistp521` and `ssh-ed25519` (RFC 4253 6.6, RFC 5656
    /// 3.1, RFC 8709 4). Throws ``PKIError``: `malformed` also for bytes after the key, `unsupported` for any other
    /// type, `tooLarge` above 16 KiB. White space around the line is *not* an error.
    public init(openSSHLine line: some StringProtocol) throws(PKIError) {
        guard line.utf8.count <= InputLimits.keyLineBytes else {
            throw PKIError(.tooLarge, "an OpenSSH public key of more than 16 KiB is not read")
        }
        let words = line.split(maxSplits: 2, whereSeparator: \.isWhitespace)
        guard words.count >= 2 else { throw PKIError(.notFound, "there is no OpenSSH public key") }
        guard let blob = Data(base64Encoded: String(words[1])) else {
            throw PKIError(.malformed, "the base64 of an OpenSSH public key is broken")
        }
        var reader = WireReader(rest: Array(blob)[...])
        let type = try reader.string()
        guard type.elementsEqual(words[0].utf8) else {
            throw PKIError(.malformed, "an OpenSSH public key is of another type than its line says")
        }
        try self.init(type: String(words[0]), reader: &reader)
        guard reader.rest.isEmpty else {
            throw PKIError(.malformed, "an OpenSSH public key has bytes after its end")
        }
    }

    private init(type: String, reader: inout WireReader) throws(PKIError) {
        if type == "ssh-rsa" {
            let exponent = try reader.string()
            try self.init(rsaModulus: try reader.string(), exponent: exponent)
        } else if type == "ssh-ed25519" {
            try self.init(ed25519: try reader.string())
        } else if let curve = Curve.allCases.first(where: { type == "ecdsa-sha2-\($0.rawValue)" }) {
            guard try reader.string().elementsEqual(curve.rawValue.utf8) else {
                throw PKIError(.malformed, "an OpenSSH public key is on another curve than its type says")
            }
            try self.init(curve: curve, point: try reader.string())
        } else {
            throw PKIError(.unsupported, "OpenSSH public keys of this type are not supported")
        }
    }
}

/// Strings of RFC 4251 5: four bytes of length, big-endian, then the bytes; an `mpint` is one too.
private struct WireReader {
    var rest: ArraySlice<UInt8>

    mutating func string() throws(PKIError) -> ArraySlice<UInt8> {
        let head = rest.prefix(4)
        let length = head.reduce(0) { $0 << 8 | Int($1) }
        guard head.count == 4, length <= rest.count - 4 else {
            throw PKIError(.malformed, "an OpenSSH public key is cut off")
        }
        let value = rest.dropFirst(4).prefix(length)
        rest = rest.dropFirst(4 + length)
        return value
    }
}
