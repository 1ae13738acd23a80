import AgeEncryption
import ArgumentParser
import Secrets

/// `kupgrade key generate`: a new identity, with a copy on paper, or a new signing key.
struct KeyGenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Make a new identity, or a signing key for a host.",
        discussion: """
            Writes the secret file (0600, never over another) and prints its public half,
            for backup.recipients or backup.signers of the cluster file. Keep an identity
            off the cluster's hosts: it would go down with them.

            EXAMPLES
              kupgrade key generate --out identity.txt --paper identity.age
              kupgrade key generate --signer --out /var/lib/kupgrade/signing.key
            """)

    @OptionGroup var options: ClusterOptions

    @Option(help: "Where to write the secret half.")
    var out: String

    @Option(help: "Where to write a copy that a passphrase protects, as text to be printed.")
    var paper: String?

    @Flag(help: "Make a signing key of minisign instead, for a host that makes archives.")
    var signer = false

    @Option(help: "A file whose first line is the paper copy's passphrase; default: it is asked for.")
    var passphraseFile: String?

    func validate() throws {
        if signer, paper != nil { throw ValidationError("a signing key stays on its host: --paper is for identities") }
    }

    func run() throws { try run(in: options.world) }

    func run(in world: World) throws {
        if signer {
            let key = SigningKey.generate()
            try write(key.file, world)
            world.output("\(key.signer)\n")
            world.messages("Next: put it under backup.signers in the cluster file")
            return
        }
        let identity = AgeIdentity.generate()
        let cluster = try ClusterFileLocation.load(option: options.cluster, world: world, isOptional: true)
        let copy = PaperCopy(
            identity: identity, cluster: cluster?.name, signers: cluster?.backup.signers ?? [],
            createdAt: world.now().description)
        let passphrases = Passphrases(file: passphraseFile, world: world)
        let passphrase = try paper.map { _ in try passphrases.new("the paper copy") }
        try write(SecretBytes(Self.file(identity, world)), world)
        if let paper, let passphrase { try self.paper(copy, world.absolute(paper), passphrase, passphrases, world) }
        world.output("\(identity.recipient)\n")
        world.messages("Next: put it under backup.recipients in the cluster file")
    }

    private func write(_ secret: SecretBytes, _ world: World) throws {
        try StandardFiles.create(world.absolute(out), with: secret.withBytes { Array($0) })
    }

    /// As age-keygen writes it.
    private static func file(_ identity: AgeIdentity, _ world: World) -> [UInt8] {
        let head = "# created: \(world.now())\n# public key: \(identity.recipient)\n"
        return Array(head.utf8) + (identity.text?.withBytes { Array($0) } ?? []) + [10]
    }

    /// Written, read from disk again, and opened with the passphrase as it is typed once more.
    private func paper(
        _ copy: PaperCopy, _ path: String, _ passphrase: SecretBytes, _ passphrases: Passphrases, _ world: World
    ) throws {
        let text = try KeyFile.problems(path) { try copy.text(passphrase: passphrase) }
        try StandardFiles.create(path, with: Array(text.utf8))
        let written = try OwnedFile.read(path, caller: world.userID, limit: 1 << 20, what: "paper copy")
        world.messages("\(path) is written; to prove that it can be read back, type its passphrase from your note")
        do {
            try copy.prove(written, at: path, passphrase: try passphrases.existing(path))
        } catch {
            var problem = error
            problem.state = ["the identity \(out) is written and whole; the paper copy is not proven"]
            problem.next = ["kupgrade key show \(path)  # tries the passphrase again"]
            throw problem
        }
        world.messages("\(path) reads back: print it, keep the passphrase elsewhere, then remove the file")
    }
}
