import AgeEncryption
import Archiving
import Foundation
import UpgradePlanning

@testable import Backups

/// A folder that goes away, and the programs that judge what lies in it.
struct TestFolder {
    struct Failure: Error {
        var output: String
    }

    let root = FileManager.default.temporaryDirectory.path + "/kup-backups-\(UUID().uuidString)"

    static func with<Result>(_ body: (TestFolder) throws -> Result) throws -> Result {
        let folder = TestFolder()
        try FileManager.default.createDirectory(
            atPath: folder.root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder.root) }
        return try body(folder)
    }

    func path(_ name: String) -> String { "\(root)/\(name)" }

    func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path(name)))) }

    func write(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(filePath: path(name))) }

    /// What is in it, sorted.
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: root).sorted() }

    func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path(name))[.posixPermissions] as? Int
    }

    func sha256(_ name: String) throws -> String { String(try shell("sha256sum '\(name)'").prefix(64)) }

    /// Runs a script in the folder; all that it printed, or an error where a program of it failed.
    @discardableResult
    func shell(_ script: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-e", "-o", "pipefail", "-c", "exec 2>&1\n\(script)"]
        process.currentDirectoryURL = URL(filePath: root)
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(output: output) }
        return output
    }
}

/// An authority's key and certificate, made by openssl, and a key that is not its own.
struct TestKeys {
    let key: [UInt8]
    let certificate: [UInt8]
    let other: [UInt8]

    static func make() throws -> TestKeys {
        try TestFolder.with { folder in
            try folder.shell(
                """
                openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=lab \
                  -keyout key -out certificate
                openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:prime256v1 -out other
                """)
            return TestKeys(
                key: try folder.read("key"), certificate: try folder.read("certificate"),
                other: try folder.read("other"))
        }
    }
}

/// An archive of files only, in a folder of its own.
struct TestArchive {
    /// A file of an archive that is packed by hand.
    struct Part: Sendable {
        var path: String
        var bytes: [UInt8]
    }

    static let name = "lab-20261122T023000Z-9f3c1a2b"
    static let sealed = name + ".tar.zst.age"
    static let moment = Instant(secondsSince1970: 1_795_314_600)
    static let key = "/var/lib/cfssl/ca-key.pem"
    static let certificate = "/var/lib/cfssl/ca.pem"

    static let node: Manifest.Node = {
        guard let name = NodeName("grey-area") else { preconditionFailure("no node name") }
        var node = Manifest.Node(name: name)
        node.needed = [key, certificate]
        node.pairs = [Manifest.Node.Pair(key: key, certificate: certificate)]
        return node
    }()

    static let manifest = Manifest(
        name: name, cluster: "lab", createdAt: moment, madeBy: "1.0", kubernetes: Version(1, 20, 2), etcd: nil,
        nodes: [node], volumes: [Manifest.Volume(claim: "default/data", node: "grey-area", path: "/srv/data")])

    static let proof = ProofRecord(
        revision: 0, compactRevision: 0, keys: 0, digest: "", hashes: [], encryptionKeys: [], grade: .checked,
        reasons: ["it holds no snapshot of etcd"])

    /// Cannot be compressed: several pieces of what age seals.
    private static let noise: [UInt8] = {
        var state: UInt64 = 7
        return (0..<150_000).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }()

    let folder: TestFolder
    let keys: TestKeys
    let identity = AgeIdentity.generate()
    let signer = SigningKey.generate()

    static func with(_ body: (TestArchive) throws -> Void) throws {
        let keys = try TestKeys.make()
        try TestFolder.with { try body(TestArchive(folder: $0, keys: keys)) }
    }

    /// The files between manifest and proof.
    var files: [Part] {
        let place = Self.node.place
        return [
            Part(path: place(Self.key), bytes: keys.key), Part(path: place(Self.certificate), bytes: keys.certificate),
            Part(path: place("/etc/empty"), bytes: []), Part(path: place("/var/lib/noise"), bytes: Self.noise),
        ]
    }

    // MARK: by the builder

    func builder() throws -> ArchiveBuilder {
        try ArchiveBuilder(name: Self.name, in: folder.root, to: [identity.recipient], at: Self.moment)
    }

    /// All but the list, which comes by itself; a folder and a link among the files.
    func fill(_ builder: ArchiveBuilder) throws {
        let folder = Self.node.place(of: "/srv")
        try builder.add(ArchiveNames.manifest, json: Self.manifest)
        for file in files { try builder.add(builder.entry(file.path, size: Int64(file.bytes.count)), file.bytes) }
        try builder.add(ArchiveEntry(path: folder, kind: .folder, mode: 0o700, modifiedAt: 1), [])
        try builder.add(
            ArchiveEntry(path: folder + "/link", kind: .link(Self.certificate), mode: 0o777, modifiedAt: 1), [])
        try builder.add(ArchiveNames.proof, json: Self.proof)
    }

    func entry(_ builder: ArchiveBuilder) -> ArchiveFacts {
        ArchiveFacts(
            name: Self.name, cluster: "lab", clusterID: "", createdAt: Self.moment, grade: Self.proof.grade,
            reasons: Self.proof.reasons, revision: 0, keys: 0, size: builder.size, sha256: builder.sha256,
            kubernetes: Self.manifest.kubernetes, etcd: nil, nodes: ["grey-area"],
            recipients: [identity.recipient.description], hasEncryptionKeys: false)
    }

    /// The whole way; returns the catalog entry.
    @discardableResult
    func publish() throws -> ArchiveFacts {
        let builder = try builder()
        try fill(builder)
        try builder.finish()
        let entry = entry(builder)
        try builder.publish(entry, signedBy: signer)
        return entry
    }

    // MARK: by hand

    /// Manifest, one file, proof.
    func parts() throws -> [Part] {
        [
            Part(path: ArchiveNames.manifest, bytes: try JSON.encode(Self.manifest)), files[0],
            Part(path: ArchiveNames.proof, bytes: try JSON.encode(Self.proof)),
        ]
    }

    /// The list of these.
    func sums(_ parts: [Part]) throws -> Part {
        var list = DigestList()
        for part in parts {
            try folder.write("part", part.bytes)
            list.add(part.path, try folder.sha256("part"))
        }
        return Part(path: ArchiveNames.sums, bytes: Array(list.text.utf8))
    }

    func pack(_ parts: [Part]) throws {
        var packed: [UInt8] = []
        let writer = try ArchiveWriter { packed.append(contentsOf: $0) }
        for part in parts {
            let size = Int64(part.bytes.count)
            try writer.add(
                ArchiveEntry(path: part.path, kind: .file(size: size), mode: 0o600, modifiedAt: 0), part.bytes)
        }
        try writer.finish()
        var sealer = try Sealer(to: [identity.recipient])
        var sealed: [UInt8] = []
        try packed.withUnsafeBytes { try sealer.write($0) { sealed += $0 } }
        try sealer.finish { sealed += $0 }
        try folder.write(Self.sealed, sealed)
    }

    @discardableResult
    func inspect(with other: AgeIdentity? = nil) throws -> InspectedArchive {
        try ArchiveInspector.inspect(
            try FileReader(folder.path(Self.sealed)), with: .identities([other ?? identity]))
    }
}
