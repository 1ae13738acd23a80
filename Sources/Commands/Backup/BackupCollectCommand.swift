import Actions
import ArgumentParser
import NodeAccess
import UpgradePlanning

/// `kupgrade backup collect`: this host's part of an archive, for the host that makes it.
struct BackupCollectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect", abstract: "Print this host's part of an archive, for the host that makes it.",
        discussion: """
            For a maker that may not log in as root: it is all that its key can run, in
            root's authorized_keys (on NixOS: services.kupgrade.backup.collectKey):

              restrict,command="kupgrade backup collect" ssh-ed25519 AAAA...

            The maker's cluster file names the key: nodes: { worker: { collect:
            /var/lib/kupgrade/collect } }. Not for hosts that run etcd: the maker has to
            ask each member.
            """)

    func run() async throws {
        let world = World.live()
        guard let name = NodeName(HostName.own.split(separator: ".").first.map(String.init) ?? "") else {
            throw Problem("KUP-E083", "\(HostName.own) is no name of a node", status: .usage)
        }
        // Without one that can be used, there are no further folders.
        let own = try? ClusterFileLocation.load(option: nil, world: world, isOptional: true)
        var file = ClusterFile(
            path: "", name: name.text,
            nodes: [
                ClusterFile.Node(name: name, addresses: [NodeEndpoint.localAddress], user: nil, become: .none)
            ], channel: .init(flake: nil, input: "nixpkgs", nixpkgs: nil, bridges: [:]))
        file.backup.folders = own?.backup.folders ?? []
        let folders = file.backup.folders
        do {
            try await LiveWorld(world: world, file: file).observe { facts, ways in
                try await CollectedFiles.pack(facts, ways, extra: folders) { try StandardStream.write($0) }
            }
        } catch {
            throw Problem(backup: error, "this host's part")
        }
    }
}
