import AgeEncryption
import ArgumentParser
import Observation
import UpgradePlanning

/// `kupgrade key check`: whether an identity opens an archive.
struct KeyCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say whether an identity opens the newest archive.",
        discussion: """
            Looks at the archive's header only, so it takes a moment. Do it whenever a key
            has moved.

            EXIT STATUS
              0  it opens    12  it does not
            """)

    @OptionGroup var options: ClusterOptions

    @Option(help: "The identity file.")
    var identity: String

    @Argument(help: "The archive; default: the newest in the cluster file's folder.")
    var archive: String?

    @Option(help: "A file whose first line is the identity's passphrase; default: it is asked for where it is needed.")
    var passphraseFile: String?

    private static let headLimit = 1 << 20

    func run() throws { try run(in: options.world) }

    func run(in world: World) throws {
        let path = try archive.map(world.absolute) ?? newest(world)
        let identities = try KeyFile.identities(
            world.absolute(identity), passphrases: Passphrases(file: passphraseFile, world: world), world: world)
        let head = try OwnedFile.head(path, limit: Self.headLimit, what: "archive")
        let (file, opens) = try KeyFile.problems(path) {
            let file = try AgeFile(parsing: head)
            return (file, try identities.contains { try file.opens(with: $0) })
        }
        let kinds = "sealed to \(Amount.count(file.kinds.count, "recipient")) (\(file.kinds.joined(separator: ", ")))"
        guard opens else {
            throw Problem(
                "KUP-E081", "\(identity) does not open \(path)", because: ["it is \(kinds)"],
                next: ["kupgrade key show \(identity)  # its recipient"], status: .wrongKey)
        }
        world.output("\(identity) opens \(path)\n\(kinds)\n")
    }

    private func newest(_ world: World) throws -> String {
        let cluster = try ClusterFileLocation.load(option: options.cluster, world: world)
        guard let folder = cluster.backup.directory else {
            throw Problem(
                "KUP-E083", "the cluster file names no folder of archives",
                next: ["kupgrade key check --identity \(identity) ARCHIVE"], status: .usage)
        }
        guard let newest = CatalogReader.read(folder, cluster: cluster.name).value?.first else {
            throw Problem("KUP-E083", "there is no archive of \(cluster.name) in \(folder)", status: .usage)
        }
        return "\(folder)/\(newest.name).tar.zst.age"
    }
}
