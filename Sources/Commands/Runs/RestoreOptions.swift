import AgeEncryption
import ArgumentParser
import Backups
import UpgradePlanning

/// How an archive is named, believed and opened.
struct ArchiveOptions: ParsableArguments {
    @Option(help: "An identity file that opens the archive.")
    var identity: String?

    @Option(help: "Believe this signer instead of the cluster file's; can be given again.")
    var signer: [String] = []

    @Option(help: "A file whose first line is the identity's passphrase; default: it is asked for where it is needed.")
    var passphraseFile: String?

    func identities(_ world: World, or remembered: String? = nil) throws -> [AgeIdentity] {
        guard let identity = identity.map({ world.absolute($0) }) ?? remembered else {
            throw Problem(
                "KUP-E117", "an identity is needed to open the archive",
                next: ["--identity FILE  # as key generate wrote it, or the paper copy"], status: .usage)
        }
        return try KeyFile.identities(
            identity, passphrases: Passphrases(file: passphraseFile, world: world), world: world)
    }
}
