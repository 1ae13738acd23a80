import Actions
import ArgumentParser
import NodeAccess

/// `kupgrade backup receive`: the one thing that a maker's key may do on a host that keeps copies.
struct BackupReceiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receive", abstract: "Take archives from the host that makes them, and give none up.",
        discussion: """
            For a host that keeps copies, so that whoever takes over the maker cannot
            remove or change those that are there. It is all that its key can run, in
            the receiver's authorized_keys:

              restrict,command="kupgrade backup receive /srv/archives" ssh-ed25519 AAAA...

            The maker's cluster file stays as it is: replicas: ["nas:/srv/archives"].
            RECOVERY.md and what else is written anew each night is replaced; an archive
            never is. The receiver removes old ones by its own backup prune.

            EXIT STATUS
              what the maker is told; 20 for all that is not the sending of archives
            """)

    @Argument(help: "Where they go: an absolute path.")
    var folder: String

    func validate() throws {
        guard folder.hasPrefix("/"), !folder.split(separator: "/").contains(".."), folder.count > 1 else {
            throw ValidationError("the folder is an absolute path, such as /srv/archives")
        }
    }

    func run() throws { try run(in: World.live()) }

    func run(in world: World) throws {
        guard let line = world.environment["SSH_ORIGINAL_COMMAND"], !line.isEmpty else {
            throw Problem(
                "KUP-E102", "backup receive answers a maker over ssh", because: ["no command came with the login"],
                next: ["kupgrade backup receive --help"], status: .usage)
        }
        let receiver = ReplicaReceiver(folder: "/" + folder.split(separator: "/").joined(separator: "/"))
        let words: [String]
        do {
            words = try receiver.words(for: line)
        } catch {
            throw Problem(
                "KUP-E102", "the maker asks for what its key cannot do", because: ["\(error)"], status: .refused)
        }
        throw Problem(
            "KUP-E102", "the host's shell cannot be started", because: [ProcessImage.replace(words)], status: .failed)
    }
}
