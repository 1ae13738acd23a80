import Actions
import AgeEncryption
import ArgumentParser
import Backups
import NodeAccess
import Observation
import Plans
import RunEngine
import UpgradePlanning

/// `kupgrade restore`: brings a cluster back from an archive.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Bring the cluster back from an archive.",
        discussion: """
            Looks at the archive and at every host, prints what would be done, what is lost
            and what is in the way, and acts on a yes. Everything is brought and compared
            before anything is stopped; data and keys of before are kept, and `kupgrade
            undo` puts them back until the commit. Where a database with data is replaced,
            the cluster's name must be typed (in scripts: --accept NAME).

            Without a cluster file it restores the host that it runs on.

            EXIT STATUS
              0   done                            1   failed, the run is open
              11  another run is open             12  the identity does not open it
              20  refused, nothing was touched    130 stopped, the run is open
            """)

    @OptionGroup var options: ClusterOptions
    @OptionGroup var archiveOptions: ArchiveOptions

    @Argument(help: "Its name, the beginning of it, latest, or the path of a sealed file.")
    var archive: String

    @Flag(help: "Do it without asking; loss must still be accepted by name.")
    var yes = false

    @Option(help: "Accept a refusal by its code, or the loss of data by the cluster's name; can be given again.")
    var accept: [String] = []

    @Flag(help: "Start controllers and kubelets without asking in between.")
    var noPause = false

    @Option(
        help: ArgumentHelp(
            "Fill a tree that has not been booted (/mnt, or a folder of extra files); nothing else is touched.",
            valueName: "dir"))
    var root: String?

    @Option(help: "With --root: the archive's host that goes there; default: the one whose etcd was read.")
    var node: String?

    @Option(
        help: ArgumentHelp("With --root: the folder with etcdutl or etcdctl; default: that of PATH.", valueName: "dir"))
    var etcd: String?

    @Flag(
        help:
            "Restore every member from the archive, even where most of them serve and one could be replaced; with --root: all of them are lost."
    )
    var wholeCluster = false

    @Option(
        name: .customLong("as"), help: "A host that takes the place of one of the archive: OLD=NEW; can be given again."
    )
    var places: [String] = []

    @Option(name: [.customShort("o"), .customLong("output")], help: "text, or json: the plan only.")
    var output: OutputFormat = .text

    func run() async throws { try await run(in: options.world) }

    func run(in world: World) async throws {
        guard !archive.isEmpty else {
            throw Problem(
                "KUP-E083", "no archive is named", because: ["the name is empty"], state: ["nothing was touched"],
                next: ["kupgrade backup list"], status: .refused)
        }
        let choice = try ArchiveChoice(archive, options, archiveOptions, world)
        if root == nil { try Self.refuseOpenRun(world) }
        let identities = try archiveOptions.identities(world)
        let content = try choice.inspect(identities)
        if let root {
            let file = try ClusterFileLocation.load(option: options.cluster, world: world, isOptional: true)
            let tree = RootRestoring(
                world: world, root: world.absolute(root), node: node, etcd: etcd, yes: yes, wholeCluster: wholeCluster,
                cluster: file?.name)
            return try await tree.run(choice, content, identities)
        }
        var restoring = Restoring(
            world: world, choice: choice, content: content, identities: identities,
            identityPath: archiveOptions.identity.map { world.absolute($0) })
        restoring.origins = try self.origins(content, choice.file)
        restoring.accept = Set(accept)
        restoring.yes = yes
        restoring.noPause = noPause
        restoring.wholeCluster = wholeCluster
        restoring.isPlanOnly = output == .json
        try await restoring.run()
    }

    static func refuseOpenRun(_ world: World) throws {
        for folder in RunFolder.all(in: world.stateFolder) {
            guard let run = try? folder.load(), run.isOpen else { continue }
            throw Problem(
                "KUP-E110", "the run \(folder.run) is open", state: ["nothing was done"],
                next: ["kupgrade resume \(folder.run)", "kupgrade undo \(folder.run)"], status: .locked)
        }
    }

    /// Throws ``Problem`` where a node is locked by a run that has not ended.
    static func refuseForeignRuns(_ ways: ClusterObserver.Ways, _ world: World) async throws {
        for (node, session) in ways.sessions {
            guard let holder = try? await FoundRuns(session).holder() else { continue }
            // It was away when the run ended.
            if await hasEnded(holder.run, ways, world) {
                try? await FoundRuns(session).forget(holder.run)
                continue
            }
            throw Problem(
                "KUP-E110", "\(node) is in another run", because: ["\(holder.run) of \(holder.by)"],
                state: ["nothing was done"],
                next: ["kupgrade resume \(holder.run)", "kupgrade undo \(holder.run)"], status: .locked)
        }
    }

    /// Some copy of it, here or on a node, says so, and no other says something else.
    private static func hasEnded(_ run: String, _ ways: ClusterObserver.Ways, _ world: World) async -> Bool {
        let own = try? RunFolder(state: world.stateFolder, run: run).load()
        var copies: [RunCopies.Copy] = []
        for (node, session) in ways.sessions {
            if let copy = try? await FoundRuns(session).load(run) { copies.append(.init(place: node.text, run: copy)) }
        }
        guard let newest = try? RunCopies(own: own, nodes: copies).newest(of: run) else { return false }
        return !newest.isOpen
    }

    private func origins(_ content: RestoreArchive, _ file: ClusterFile) throws -> [NodeName: NodeName] {
        var origins: [NodeName: NodeName] = [:]
        for place in places {
            let parts = place.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let old = NodeName(parts[0]), let new = NodeName(parts[1]) else {
                throw Problem("KUP-E118", "\(place) is not OLD=NEW", next: ["--as old-host=new-host"], status: .usage)
            }
            let (known, hosts) = (content.manifest.nodes.map(\.name), file.nodes.map(\.name))
            guard known.contains(old) else {
                throw Problem(
                    "KUP-E118", "the archive has nothing of \(old)",
                    because: ["it has \(known.map(\.text).joined(separator: ", "))"], status: .usage)
            }
            guard hosts.contains(new) else {
                throw Problem(
                    "KUP-E118", "the cluster file has no \(new)",
                    because: ["it has \(hosts.map(\.text).joined(separator: ", "))"], status: .usage)
            }
            origins[new] = old
        }
        return origins
    }
}

/// The archive that was named, and the cluster that it is for.
struct ArchiveChoice: Sendable {
    /// Without a suffix.
    let path: String
    let file: ClusterFile
    let entry: ArchiveFacts
    let signer: SignerKey
    /// Other archives in the catalog.
    let others: [ArchiveFacts]

    init(_ name: String, _ options: ClusterOptions, _ archive: ArchiveOptions, _ world: World) throws {
        let isPath = name.hasSuffix(ArchiveNames.sealed)
        let known = try ClusterFileLocation.load(option: options.cluster, world: world, isOptional: isPath)
        let empty = ClusterFile(
            path: "", name: "", nodes: [], channel: .init(flake: nil, input: "nixpkgs", nixpkgs: nil, bridges: [:]))
        let signers = try BackupSettings(file: known ?? empty, world: world).signers(archive.signer)
        var others: [ArchiveFacts] = []
        if isPath {
            path = String(world.absolute(name).dropLast(ArchiveNames.sealed.count))
        } else {
            let catalog = try BackupCatalog(option: options.cluster, world: world)
            path = "\(catalog.folder.path)/\(try catalog.entry(name).name)"
            others = try catalog.archives().filter { !$0.isForeign }.map(\.facts)
        }
        do {
            (entry, signer) = try ArchiveSignature.verify(path, by: signers)
        } catch {
            throw Problem(backup: error, name)
        }
        self.others = others
        file = known ?? Self.alone(entry)
    }

    /// This host, and nothing else.
    private static func alone(_ entry: ArchiveFacts) -> ClusterFile {
        let name = NodeName(HostName.own) ?? NodeName("localhost")
        let node = name.map {
            ClusterFile.Node(name: $0, addresses: [NodeEndpoint.localAddress], user: nil, become: .none, collect: nil)
        }
        return ClusterFile(
            path: "", name: entry.cluster, nodes: [node].compactMap { $0 },
            channel: .init(flake: nil, input: "nixpkgs", nixpkgs: nil, bridges: [:]))
    }

    /// Reads it to its end. Throws ``Problem``.
    func inspect(_ identities: [AgeIdentity]) throws -> RestoreArchive {
        do {
            let read = try ArchiveInspector.inspect(
                try FileReader(path + ArchiveNames.sealed), with: .identities(identities))
            guard read.manifest.name == entry.name, read.proof.revision == entry.revision else {
                throw BackupError(.damaged, "the archive and its catalog entry do not belong together")
            }
            return RestoreArchive(read, entry)
        } catch {
            throw Problem(backup: error, entry.name)
        }
    }
}
