import KubernetesClient
import Testing

@Suite struct QuantityTests {
    @Test(
        arguments: [
            ("0", 0, 0), ("1", 1, 1_000), ("100m", 1, 100), ("1500m", 2, 1_500), ("0.5", 1, 500), (".5", 1, 500),
            ("5.", 5, 5_000), ("+3", 3, 3_000), ("0.0001", 1, 1), ("1u", 1, 1), ("1n", 1, 1), ("1000000000n", 1, 1_000),
            ("5e3", 5_000, 5_000_000), ("5E3", 5_000, 5_000_000), ("5e-3", 1, 5), ("12e-1", 2, 1_200),
            ("1k", 1_000, 1_000_000), ("1M", 1_000_000, 1_000_000_000), ("1Ki", 1_024, 1_024_000),
            ("1Gi", 1_073_741_824, 1_073_741_824_000), ("1.5Gi", 1_610_612_736, 1_610_612_736_000),
            ("0.1Ki", 103, 102_400), ("1E", 1_000_000_000_000_000_000, .max), ("7Ei", 8_070_450_532_247_928_832, .max),
            ("8Ei", .max, .max), ("1e18", 1_000_000_000_000_000_000, .max), ("1e999999", .max, .max),
            ("0e999999", 0, 0),
            ("1e-999999", 1, 1), ("16384988Ki", 16_778_227_712, 16_778_227_712_000),
            ("9223372036854775807", .max, .max), ("9223372036854775806", .max - 1, .max),
            ("0000000000000000000000000000001", 1, 1_000), ("1.0000000000000000000000000001", 2, 1_001),
            ("123456789012345678901234567890", .max, .max), ("0.00000000000000000000000000000000000001", 1, 1),
        ] as [(String, Int64, Int64)])
    func isReadAndRoundedUp(_ text: String, _ units: Int64, _ milli: Int64) throws {
        let quantity = try #require(Quantity(text))
        #expect(quantity.units == units)
        #expect(quantity.milliUnits == milli)
    }

    @Test(arguments: [
        "", " ", "m", "Ki", ".", "+", "-1", "-", "1 Gi", " 1", "1 ", "1g", "1KI", "1mi", "1i", "1K", "1e", "1e+",
        "1ee3",
        "1e3Ki", "1.2.3", "0x10", "1,5", "١", "1e9999999", "NaN", "--1", "1Gi\n",
        "1000000000000000000000000000000000000000000000000000000000000000000000",
    ])
    func anythingElseIsNone(_ text: String) {
        #expect(Quantity(text) == nil)
    }

    @Test func sumsStayAtTheLargestNumber() {
        let most = ResourceAmounts(milliCPU: .max, memoryBytes: 1)
        #expect(most + most == ResourceAmounts(milliCPU: .max, memoryBytes: 2))
    }
}
