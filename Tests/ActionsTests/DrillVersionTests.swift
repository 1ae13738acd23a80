import Testing
import UpgradePlanning

@testable import Actions

@Suite struct DrillVersionTests {
    @Test(
        arguments: [
            ("1.20.2", "v1.20.2", 0), ("1.20.2", "v1.20.9", 0), ("1.20.9", "v1.20.2", 0), ("1.20.2", "v1.21.0+lab", 0),
            ("1.21.0", "v1.20.2", 1), (nil, "v1.20.2", 0), ("1.21.0", "unknown", 0),
        ] as [(String?, String, Int)])
    func onlyAnOlderMinorDiffers(wrote: String?, reads: String, count: Int) {
        #expect(DrillVersions.difference(wrote: wrote.flatMap { Version($0) }, reads: reads).count == count)
    }
}
