import Testing

@testable import UpgradePlanning

@Suite("versions")
struct VersionTests {
    @Test(
        "texts that are versions",
        arguments: [
            ("v1.20.2", Version(1, 20, 2)), ("1.21.0+lab", Version(1, 21, 0, build: "lab")),
            ("3.6.0-rc.1", Version(3, 6, 0, prerelease: "rc.1")), ("1.36", Version(1, 36, 0)),
            ("v1.33.1-rc.0+k3s1", Version(1, 33, 1, prerelease: "rc.0", build: "k3s1")),
        ])
    func reads(text: String, version: Version) {
        #expect(Version(text) == version)
    }

    @Test(
        "texts that are none",
        arguments: ["", "1", "v1", "1.x.2", "1.2.3.4", "-1.2.3", "one.two", "1..2", "1.2.", "٢.١"])
    func refuses(text: String) {
        #expect(Version(text) == nil)
    }

    @Test("they are ordered by number, a pre-release before its release")
    func order() {
        let ordered = ["1.9.9", "1.20.0-alpha.1", "1.20.0-rc.1", "1.20.0", "1.20.0+lab", "1.20.1", "2.0.0"]
        let versions = ordered.compactMap { Version($0) }
        #expect(versions.count == ordered.count)
        #expect(versions.reversed().sorted() == versions)
    }

    @Test("builds of one release are the same where one of them names none")
    func sameRelease() {
        #expect(Version(1, 21, 0).isSameRelease(as: Version(1, 21, 0, build: "lab")))
        #expect(!Version(1, 21, 0, build: "a").isSameRelease(as: Version(1, 21, 0, build: "b")))
        #expect(!Version(1, 21, 0).isSameRelease(as: Version(1, 21, 1)))
        #expect(!Version(1, 21, 0, prerelease: "rc.1").isSameRelease(as: Version(1, 21, 0)))
        #expect(!Version(1, 21, 0, build: "a").isOlderRelease(than: Version(1, 21, 0, build: "b")))
    }

    @Test("minors count within a major only")
    func minors() {
        #expect(MinorRelease(major: 1, minor: 22).minorsAhead(of: MinorRelease(major: 1, minor: 20)) == 2)
        #expect(MinorRelease(major: 2, minor: 0).minorsAhead(of: MinorRelease(major: 1, minor: 20)) == nil)
        #expect(MinorRelease(major: 1, minor: 9).next == MinorRelease("1.10"))
    }
}
