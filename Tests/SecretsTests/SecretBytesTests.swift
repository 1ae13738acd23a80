import Secrets
import Testing

@Suite struct SecretBytesTests {
    @Test func neverPrintsItsContent() {
        let secret = SecretBytes(Array("hunter2".utf8))
        #expect("\(secret)" == "<secret>")
        #expect(String(reflecting: secret) == "<secret>")
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("hunter2") && !dumped.contains("104"))
    }

    @Test func lendsWhatItWasGiven() {
        let secret = SecretBytes([1, 2, 3])
        #expect(secret.withBytes { Array($0) } == [1, 2, 3])
        #expect(SecretBytes([]).withBytes { $0.count } == 0)
    }

    @Test func takingOverClearsTheSource() {
        var source: [UInt8] = [9, 9, 9]
        let secret = SecretBytes(consuming: &source)
        #expect(source.isEmpty)
        #expect(secret.count == 3)
    }
}
