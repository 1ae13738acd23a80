public import AgeEncryption
public import UpgradePlanning

/// `RECOVERY.md`: how one cluster is brought back, for somebody who has its archives and little else. No secret is in it.
public struct RecoveryBook: Sendable {
    /// Names of what stands beside the archives.
    public static let file = "RECOVERY.md"
    public static let signers = "signers.pub"
    /// The program, with every library that it needs.
    public static let program = "kupgrade.tar"

    /// A host as it was when the newest archive was made.
    public struct Host: Sendable, Hashable {
        public var name: NodeName
        public var addresses: [String]
        public var nixosVersion: String?
        public var components: [Component]
        /// Of etcd; `nil` where it runs none.
        public var dataFolder: String?
        /// As etcd's unit names its member.
        public var etcdName: String?

        /// One that was not looked at: as the cluster file has it.
        public init(name: NodeName, addresses: [String]) {
            self.name = name
            self.addresses = addresses
            components = []
        }

        public init(_ node: NodeFacts) {
            name = node.name
            addresses = node.addresses.map(\.address)
            nixosVersion = node.host.value?.nixosVersion
            components = node.host.value?.components.map(\.component).sorted() ?? []
            let etcd = node.host.value?.unit(Component.etcd.unit)?.commandLine
            etcdName = etcd.flatMap { $0.value(of: "--name") ?? $0.environment["ETCD_NAME"] }
            dataFolder = etcd.map {
                $0.value(of: "--data-dir") ?? $0.environment["ETCD_DATA_DIR"] ?? "/var/lib/etcd"
            }
        }
    }

    public var archive: ArchiveFacts
    public var manifest: Manifest
    public var hosts: [Host]
    public var signer: SignerKey
    /// SHA-256 of ``program``'s file in hex; `nil` where it is not there.
    public var programDigest: String?

    public init(
        archive: ArchiveFacts, manifest: Manifest, hosts: [Host], signer: SignerKey, program: String? = nil
    ) {
        programDigest = program
        self.archive = archive
        self.manifest = manifest
        self.hosts = hosts
        self.signer = signer
    }

    public func text() -> String {
        let parts = [head, hostTable, needs, check, byKupgrade, open] + etcdHosts.map(putBack) + [end]
        return parts.joined(separator: "\n\n") + "\n"
    }

    private var sealed: String { archive.name + ArchiveNames.sealed }
    private var etcdHosts: [Host] { hosts.filter { $0.dataFolder != nil } }

    private var head: String {
        """
        # How to bring back the cluster \(archive.cluster)

        Written \(archive.createdAt) by kupgrade \(manifest.madeBy), after the archive `\(archive.name)` \
        (\(archive.grade.rawValue), revision \(archive.revision), \(Amount.count(archive.keys, "key")), \
        Kubernetes \(archive.kubernetes?.description ?? "unknown"), etcd \(archive.etcd?.description ?? "none")). \
        Nothing in this file is secret. A newer archive may stand beside it: `ls *\(ArchiveNames.sealed)`.
        """
    }

    private var hostTable: String {
        let rows = hosts.map { host in
            "| \(host.name) | \(host.addresses.joined(separator: ", ")) | "
                + "\(host.components.map(\.rawValue).joined(separator: ", ")) | \(host.nixosVersion ?? "unknown") |"
        }
        return (["## The hosts", "", "| host | addresses | ran | NixOS |", "|---|---|---|---|"] + rows)
            .joined(separator: "\n")
    }

    private var needs: String {
        """
        ## What you need

        - An identity that opens it, the secret half of one of these:
        \(archive.recipients.map { "  - `\($0)`" }.joined(separator: "\n"))
        - The signer that you accept, from your paper copy or the cluster file: **not from this folder**, which anybody may \
        have written. It should be `\(signer)`.
        - The NixOS configuration of the hosts\(configuration).

        Whoever could write to this folder could have changed this file: `minisign -Vm \(Self.file) -P \(signer)` tells.
        \(program)
        """
    }

    private var program: String {
        guard let programDigest else { return "" }
        return """

            kupgrade itself is in `\(Self.program)`, with every library it needs, for any Linux on the same processor:
            ```
            echo "\(programDigest)  \(Self.program)" | sha256sum --check && tar xf \(Self.program)
            kupgrade() { kupgrade/ld-linux-*.so.* --library-path kupgrade kupgrade/kupgrade "$@"; }
            ```
            """
    }

    private var configuration: String {
        guard let flake = manifest.flake, flake.absence == nil else { return "" }
        return ", which is in the archive as `\(ArchiveNames.flake)/`, too"
    }

    private var check: String {
        """
        ## Is the archive what it was

        ```
        kupgrade backup verify ./\(sealed) --signer \(signer) --identity identity.txt
        ```
        or, without kupgrade:
        ```
        minisign -Vm \(sealed) -P \(signer)
        ```
        """
    }

    private var byKupgrade: String {
        """
        ## Put it back with kupgrade

        \(places.joined(separator: "\n\n"))

        It shows what it would do, and does it on a yes; `kupgrade resume` goes on after a crash, `kupgrade undo` takes it \
        back. Hosts whose disks are new get their files back, too. What follows is the same by hand, without kupgrade.
        """
    }

    private var places: [String] {
        let command = "kupgrade restore ./\(sealed) --signer \(signer) --identity identity.txt"
        let all =
            "On a machine that reaches every host as root by ssh, rebuilt ones too, once they have booted from the "
            + "configuration:\n```\n\(command) --cluster kupgrade.yaml\n```\n\(clusterFile)"
        let master = etcdHosts.first?.name.text ?? "the master"
        let alone = "\(master), rebuilt from the configuration and booted, as root:\n```\n\(command)\n```"
        guard hosts.count > 1 else { return ["On " + alone] }
        return etcdHosts.count > 1 ? [all] : [all, "Where only \(master) was lost, also on " + alone]
    }

    private var clusterFile: String {
        let nodes = hosts.map { "  \($0.name): { addresses: [\($0.addresses.joined(separator: ", "))], user: root }" }
        return
            ([
                "The cluster file, where the addresses are still these:", "```", "version: 1",
                "name: \(archive.cluster)",
                "nodes:",
            ] + nodes + ["```"]).joined(separator: "\n")
    }

    private var open: String {
        """
        ## Open it

        As root, so that owners are kept, into an empty folder on a disk that you trust:
        ```
        mkdir opened
        age -d -i identity.txt \(sealed) | zstd -d | tar x -C opened
        (cd opened && sha256sum --check SHA256SUMS)
        ```
        `opened/etcd/snapshot.db` is etcd's; `opened/nodes/NAME/` are files of each host, by their paths.
        """
    }

    private func putBack(_ host: Host) -> String {
        """
        ## Put it back on \(host.name)

        A rebuilt host that has booted has made a CA and an empty etcd of its own: they are moved away, not removed. Every \
        member is restored from the same file, before any of them is started.
        ```
        \(RecoverySteps(host: host, etcd: manifest.etcd).lines.joined(separator: "\n"))
        ```
        """
    }

    private var end: String {
        """
        ## Start, and look before the rest acts

        When all members are restored:
        ```
        systemctl start etcd                     # on every host that runs it
        systemctl start kube-apiserver
        kubectl get nodes,pods --all-namespaces  # is it what you expect?
        systemctl start kube-controller-manager kube-scheduler kube-proxy flannel kubelet
        systemctl start cfssl certmgr            # last: it renews certificates, and starts what uses them
        systemctl restart tailscaled || true     # the host is the one it was in the tailnet: log in again
        ```
        Where the apiserver does not start since certificates in the archive have expired, start cfssl and certmgr first.

        On hosts that were not rebuilt, too: `systemctl restart kubelet kube-proxy flannel`. They remember objects that \
        are newer than what was restored.

        Volumes are not in the archive\(volumes)
        """
    }

    /// Others choose these texts.
    private func plain(_ text: String) -> String { String(text.map { $0.isNewline || $0 == "`" ? "?" : $0 }) }

    private var volumes: String {
        if let why = manifest.volumesUnknown, manifest.volumes.isEmpty {
            return ". Which there were on the hosts' disks could not be asked when it was made: \(plain(why))"
        }
        guard !manifest.volumes.isEmpty else { return "; there were none on the hosts' disks." }
        return ":\n"
            + manifest.volumes.map { "- \(plain($0.claim)) was on \(plain($0.node)) in \(plain($0.path))" }.joined(
                separator: "\n")
    }
}
