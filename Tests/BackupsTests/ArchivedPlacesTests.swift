import Testing
import UpgradePlanning

@testable import Backups

@Suite struct ArchivedPlacesTests {
    private static let node = TestArchive.node
    private static let links = [
        "/etc/direct.pem": "/run/agenix/direct.pem", "/etc/static": "/nix/store/x-etc/etc",
        "/etc/relative.pem": "../persist/ca.pem", "/var/lib/cfssl": "/persist/cfssl", "/var/loop": "/var/loop",
        "/var/lib/two": "cfssl", "/etc/gone.pem": "/persist/gone.pem",
    ]
    private static let places = ArchivedPlaces(
        files: Set(["/persist/ca.pem", "/persist/cfssl/ca-key.pem", "/srv/plain.pem"].map(node.place)),
        links: Dictionary(uniqueKeysWithValues: links.map { (node.place(of: $0.key), $0.value) }))

    @Test(
        arguments: [
            ("/srv/plain.pem", .file("/srv/plain.pem")), ("/srv/none.pem", .missing),
            ("/etc/direct.pem", .brought("/run/agenix/direct.pem")),
            ("/etc/static/kubernetes/x", .brought("/nix/store/x-etc/etc/kubernetes/x")),
            ("/run/secrets/x", .brought("/run/secrets/x")), ("/etc/relative.pem", .file("/persist/ca.pem")),
            ("/var/lib/cfssl/ca-key.pem", .file("/persist/cfssl/ca-key.pem")),
            ("/var/lib/two/ca-key.pem", .file("/persist/cfssl/ca-key.pem")), ("/var/loop/x", .missing),
            ("/etc/gone.pem", .missing),
        ] as [(String, ArchivedPlaces.Place)])
    func linksAreFollowedAsTheHostDoes(path: String, place: ArchivedPlaces.Place) {
        var expected = place
        if case .file(let path) = place { expected = .file(Self.node.place(of: path)) }
        #expect(Self.places.find(path, of: Self.node) == expected)
    }
}
