import Testing

@testable import AgeEncryption

@Suite struct Base64Tests {
    /// Of all bytes in each place of a text, only the one that was written gives what was encoded, and one value has one text.
    @Test func oneValueHasOneText() throws {
        let bytes: [UInt8] = [0, 0, 0, 255, 1, 128, 77]
        for padding in [Base64.Padding.with, .without] {
            let text = Array(Base64.encode(bytes, padding).utf8)
            #expect(Base64.decode(text, padding) == bytes)
            for place in text.indices {
                for byte in UInt8.min...UInt8.max where byte != text[place] {
                    var other = text
                    other[place] = byte
                    guard let decoded = Base64.decode(other, padding) else { continue }
                    #expect(decoded != bytes, "\(byte) at \(place)")
                    #expect(Array(Base64.encode(decoded, padding).utf8) == other, "\(byte) at \(place)")
                }
            }
        }
    }
}
