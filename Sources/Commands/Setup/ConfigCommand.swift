import ArgumentParser
import Backups
import Terminal
import UpgradePlanning

/// `kupgrade config`: what applies, and why.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Explain what is configured.", subcommands: [Explain.self])

    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "explain", abstract: "Show each value and where it comes from.",
            discussion: "Asks nobody: it reads the cluster file and says what applies.")

        @OptionGroup var options: ClusterOptions

        @Option(name: [.customShort("o"), .customLong("output")], help: "text or json.")
        var output: OutputFormat = .text

        func run() throws { try run(in: options.world) }

        func run(in world: World) throws {
            let place = try ClusterFileLocation.place(option: options.cluster, world: world)
            let file = try ClusterFileLocation.load(option: options.cluster, world: world)
            let bytes = try OwnedFile.read(file.path, caller: world.userID, limit: 1 << 20, what: "cluster file")
            let settings = SettingList(file, lines: ClusterFileLines(String(decoding: bytes, as: UTF8.self))).settings
            switch output {
            case .json: world.output(try JSONText.encode(settings))
            case .text:
                let table = Table(["value of", "is", "from"], rows: settings.map { [$0.name, $0.value, $0.origin] })
                let head = "\(file.path), found \(place.reason)"
                world.output(([world.outputStyle(head, .heading), ""] + table.lines()).joined(separator: "\n") + "\n")
            }
        }
    }
}

/// One value that applies.
struct Setting: Encodable, Hashable {
    /// `nodes.grey-area.addresses`.
    var name: String
    var value: String
    /// `line 7`, or `default`.
    var origin: String
}

/// Every value of a cluster file, those that are not in it too.
struct SettingList {
    private(set) var settings: [Setting] = []
    private let lines: ClusterFileLines

    init(_ file: ClusterFile, lines: ClusterFileLines) {
        self.lines = lines
        add("name", file.name)
        for node in file.nodes {
            add("nodes.\(node.name).addresses", node.addresses.joined(separator: ", "))
            add("nodes.\(node.name).user", node.user ?? "what your ssh configuration says")
            add("nodes.\(node.name).become", node.become.rawValue)
            if let key = node.collect { add("nodes.\(node.name).collect", key) }
        }
        add("ssh.config", file.sshConfig ?? "~/.ssh/config")
        add("kubeconfig", file.kubeconfig ?? "an admin's, read from a master over ssh")
        add("channel.flake", file.channel.flake ?? "none")
        add("channel.nixpkgs", file.channel.nixpkgs ?? "none")
        add("channel.input", file.channel.input)
        if let build = file.channel.build { add("channel.build", build) }
        for (minor, reference) in file.channel.bridges.sorted(by: { $0.key < $1.key }) {
            add("channel.bridges.\(minor)", reference)
        }
        add("hooks", file.hooks ?? "none")
        add(file.backup)
    }

    private mutating func add(_ backup: ClusterFile.Backup) {
        func list(_ words: [String]) -> String { words.isEmpty ? "none" : words.joined(separator: ", ") }
        add("backup.directory", backup.directory ?? "none")
        add("backup.folders", list(backup.folders))
        add("backup.recipients", list(backup.recipients))
        add("backup.signers", list(backup.signers))
        add("backup.retention", backup.retention.map(RetentionText.of) ?? "off")
        add("backup.trash", Amount.duration(backup.trash.components.seconds))
        add("backup.metrics", backup.metrics ?? "none")
        add("backup.replicas", list(backup.replicas.map(\.description)))
        for (claim, by) in backup.volumes.sorted(by: { $0.key < $1.key }) { add("backup.volumes.\(claim)", by) }
    }

    private mutating func add(_ name: String, _ value: String) {
        settings.append(Setting(name: name, value: value, origin: lines[name].map { "line \($0)" } ?? "default"))
    }
}
