import Archiving
import Backups
import Testing
import UpgradePlanning

@testable import Actions

/// What a hook says of volumes, and what a node that gives its part by itself leaves out.
@Suite struct CoveredVolumeTests {
    @Test(
        "a volume is covered where its claim and its folder are what was copied",
        arguments: [
            ("shop/data", nil, "/srv/data", true), ("shop/data", "/srv/data", "/srv/data", true),
            ("shop/data", "/srv", "/srv/data", true), ("shop/data", "/srv/", "/srv/data", true),
            ("shop/data", "/srv/da", "/srv/data", false), ("shop/data", "/srv/data/sub", "/srv/data", false),
            ("shop/other", nil, "/srv/data", false),
        ] as [(String, String?, String, Bool)])
    func covers(claim: String, folder: String?, path: String, isCovered: Bool) {
        let volume = Manifest.Volume(claim: "shop/data", node: "a", path: path)
        #expect(RecordedVolume(claim: claim, folder: folder, words: "restic").covers(volume) == isCovered)
    }

    @Test func aFolderThatANodeNeitherSendsNorMissesIsSaid() throws {
        let name = try #require(NodeName("a"))
        var node = Manifest.Node(name: name)
        node.missing = [NodeFilesReader.isNotThere("/srv/gone")]
        var found = NodeFiles(node: node)
        found.files = [
            NodeFiles.File(
                entry: ArchiveEntry(
                    path: node.place(of: "/srv/kept/file"), kind: .file(size: 0), mode: 0o600, modifiedAt: 0),
                content: nil)
        ]
        #expect(CollectedFiles.unasked(["/srv/kept", "/srv/gone"], found).isEmpty)
        let said = CollectedFiles.unasked(["/srv/unknown"], found)
        #expect(said.count == 1 && said[0].hasPrefix("/srv/unknown was not collected"))
    }
}
