import Testing

@testable import PKI

@Suite struct AddressTextTests {
    @Test(
        arguments: [
            ([10, 0, 0, 1], "10.0.0.1"),
            ([0, 0, 0, 0], "0.0.0.0"),
            ([UInt8](repeating: 0, count: 16), "::"),
            ([UInt8](repeating: 0, count: 15) + [1], "::1"),
            ([0xFD, 0x7A, 0x11, 0x5C] + [UInt8](repeating: 0, count: 11) + [1], "fd7a:115c::1"),
            ([0x20, 0x01, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2], "2001:0:0:1::2"),
            ([0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0], "1:2:3:4:5:6:7:0"),
            ([0, 1, 0, 0, 0, 3, 0, 4, 0, 5, 0, 6, 0, 0, 0, 0], "1:0:3:4:5:6::"),
        ] as [([UInt8], String)])
    func isWrittenAsRFC5952Says(_ bytes: [UInt8], _ text: String) {
        #expect(addressText(bytes) == text)
    }

    @Test(arguments: [0, 3, 5, 8, 15, 17]) func anyOtherLengthIsNoAddress(_ count: Int) {
        #expect(addressText([UInt8](repeating: 1, count: count)) == nil)
    }
}
