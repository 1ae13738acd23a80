import AgeEncryption
import ArgumentParser

/// `kupgrade key show`: the public half of a key file.
struct KeyShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print the public half of a key file.",
        discussion: "Reads identities of age and OpenSSH (ed25519), paper copies, and signing keys of minisign.")

    @Argument(help: "The key file.")
    var file: String

    @Option(help: "A file whose first line is its passphrase; default: it is asked for where it is needed.")
    var passphraseFile: String?

    func run() throws { try run(in: World.live()) }

    func run(in world: World) throws {
        let passphrases = Passphrases(file: passphraseFile, world: world)
        switch try KeyFile.read(world.absolute(file), passphrases: passphrases, world: world) {
        case .identities(let identities): for identity in identities { world.output("\(identity.recipient)\n") }
        case .signing(let key): world.output("\(key.signer)\n")
        }
    }
}
