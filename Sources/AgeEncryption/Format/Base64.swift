import CSodium

/// Base64 as the formats here want it (RFC 4648, 4, 3.5): canonical, so that one value has one text.
enum Base64 {
    enum Padding { case with, without }

    static func encode(_ bytes: some Collection<UInt8>, _ padding: Padding) -> String {
        let variant = variant(padding)
        let source = Array(bytes)
        // With its final NUL.
        var text = [CChar](repeating: 0, count: sodium_base64_encoded_len(source.count, variant))
        sodium_bin2base64(&text, text.count, source, source.count, variant)
        return String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// `nil` for anything that ``encode(_:_:)`` would not have written.
    static func decode(_ text: some Collection<UInt8>, _ padding: Padding) -> [UInt8]? {
        // libsodium takes bytes above ASCII, such as 0xC1, for letters: its characters are signed.
        guard text.allSatisfy({ $0 < 0x80 }) else { return nil }
        let source = text.map { CChar(bitPattern: $0) }
        var bytes = [UInt8](repeating: 0, count: source.count / 4 * 3 + 3)
        var count = 0
        let result = source.withUnsafeBufferPointer { source in
            source.count == 0
                ? 0
                : withUnsafeMutablePointer(to: &count) { count in
                    sodium_base642bin(
                        &bytes, bytes.count, source.baseAddress, source.count, nil, count, nil, variant(padding))
                }
        }
        guard result == 0 else { return nil }
        bytes.removeSubrange(count...)
        return bytes
    }

    private static func variant(_ padding: Padding) -> CInt {
        switch padding {
        case .with: sodium_base64_VARIANT_ORIGINAL
        case .without: sodium_base64_VARIANT_ORIGINAL_NO_PADDING
        }
    }
}
