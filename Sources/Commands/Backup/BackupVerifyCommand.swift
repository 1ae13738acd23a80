import AgeEncryption
import ArgumentParser
import Backups
import UpgradePlanning

/// `kupgrade backup verify`: whether an archive is what it was, to the last byte with an identity.
struct BackupVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check an archive: its signature, and with an identity every byte in it.",
        discussion: """
            Without an identity: signature, catalog entry, size and digest. With one: every
            part is opened, held against the archive's own list, etcd's database is walked,
            and keys and certificates are compared.

            EXIT STATUS
              0  it is what it was    12  the identity does not open it    20  it is not
            """)

    @OptionGroup var options: ClusterOptions

    @Argument(help: "Its name, the beginning of it, latest, or the path of a sealed file.")
    var archive = "latest"

    @Option(help: "An identity file that opens it.")
    var identity: String?

    @Option(help: "Believe this signer instead of the cluster file's; can be given again.")
    var signer: [String] = []

    @Option(help: "A file whose first line is the identity's passphrase; default: it is asked for where it is needed.")
    var passphraseFile: String?

    func run() throws { try run(in: options.world) }

    func run(in world: World) throws {
        let path = try self.path(world)
        let what = path.split(separator: "/").last.map(String.init) ?? path
        let signers = try self.signers(world)
        do {
            let (entry, by) = try ArchiveSignature.verify(path, by: signers)
            world.output("signature  good, by \(by.name)\n")
            world.output("sealed     \(Amount.bytes(entry.size)), sha256 \(entry.sha256)\n")
            guard let identity else {
                world.output("inside     not looked at: --identity FILE opens it\n")
                return
            }
            try inside(path, entry, identity, world)
        } catch let status as VerbResult {
            throw status
        } catch {
            throw Problem(backup: error, what)
        }
    }

    private func inside(_ path: String, _ entry: ArchiveFacts, _ identity: String, _ world: World) throws {
        let identities = try KeyFile.identities(
            world.absolute(identity), passphrases: Passphrases(file: passphraseFile, world: world), world: world)
        let read = try ArchiveInspector.inspect(
            try FileReader(path + ArchiveNames.sealed), with: .identities(identities))
        guard read.manifest.name == entry.name, read.proof.revision == entry.revision else {
            throw BackupError(.damaged, "the archive and its catalog entry do not belong together")
        }
        let grading = Grading(
            manifest: read.manifest, snapshot: read.snapshot, hashes: read.proof.hashes, alarms: [], files: read.files,
            links: read.links,
            keys: read.keys)
        let (grade, reasons) = grading.grade()
        world.output("inside     \(Amount.count(read.files.count, "file")), all as listed\n")
        if let snapshot = read.snapshot {
            world.output(
                "etcd       revision \(snapshot.revision), \(Amount.count(snapshot.records, "record")), tree and digest good\n"
            )
        }
        let expired = read.keys.expired(at: world.now().secondsSince1970)
        let wording = expired.isEmpty ? "none expired" : "\(expired.count) expired, which a restore renews"
        world.output("certificates \(read.keys.certificateCount), \(wording)\n")
        for path in expired { world.output("           expired: \(path)\n") }
        // What was found when it was made (an alarm, a member that was away) cannot be found again: the lower one holds.
        let lower = [ArchiveFacts.Grade.suspect, .checked].first { $0 == grade || $0 == entry.grade } ?? .proven
        world.output("grade      \(lower.rawValue)\n")
        var said: Set<String> = []
        for reason in reasons + entry.reasons + read.proof.reasons where said.insert(reason).inserted {
            world.output("           \(reason)\n")
        }
        if lower == .suspect { throw VerbResult(status: .refused) }
    }

    /// Without a suffix.
    private func path(_ world: World) throws -> String {
        if archive.hasSuffix(ArchiveNames.sealed) {
            return String(world.absolute(archive).dropLast(ArchiveNames.sealed.count))
        }
        let catalog = try BackupCatalog(option: options.cluster, world: world)
        return "\(catalog.folder.path)/\(try catalog.entry(archive).name)"
    }

    private func signers(_ world: World) throws -> [SignerKey] {
        let isAlone = !signer.isEmpty && archive.hasSuffix(ArchiveNames.sealed)
        let file = try ClusterFileLocation.load(option: options.cluster, world: world, isOptional: isAlone)
        let empty = ClusterFile(
            path: "", name: "", nodes: [], channel: .init(flake: nil, input: "nixpkgs", nixpkgs: nil, bridges: [:]))
        return try BackupSettings(file: file ?? empty, world: world).signers(signer)
    }
}
