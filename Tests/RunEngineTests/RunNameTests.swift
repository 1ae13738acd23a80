import RunEngine
import Testing

@Suite struct RunNameTests {
    @Test(
        arguments: [
            ("upgrade-20260102T030405Z", true), ("restore-20260102T030405Z", true), ("", false), ("-", false),
            ("upgrade", false), ("-20260102T030405Z", false), ("upgrade-", false), ("upgrade-20260102T030405", false),
            ("upgrade-20260102T030405Z-1", false), ("Upgrade-20260102T030405Z", false),
            ("up grade-20260102T030405Z", false), ("../x-20260102T030405Z", false), ("upgrade-2026010203T0405Z", false),
            ("upgrade-20260102T03040AZ", false), ("upgrade-20260102T030405Z\n", false), ("ü-20260102T030405Z", false),
            ("upgrade-٢٠٢٦٠١٠٢T٠٣٠٤٠٥Z", false),
            (String(repeating: "a", count: 47) + "-20260102T030405Z", true),
            (String(repeating: "a", count: 48) + "-20260102T030405Z", false),
        ])
    func onlyAKindAndAMomentIsAName(name: String, isValid: Bool) {
        #expect(RunName.isValid(name) == isValid)
    }
}
