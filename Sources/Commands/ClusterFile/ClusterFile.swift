import AgeEncryption
import Backups
import NodeAccess
import UpgradePlanning

/// What the user says of a cluster: its nodes and how to reach them, and where NixOS comes from.
struct ClusterFile: Sendable, Hashable {
    struct Node: Sendable, Hashable {
        var name: NodeName
        var addresses: [String]
        var user: String?
        var become: NodeEndpoint.Become
        /// A private key whose login gives the node's part of an archive and nothing else.
        var collect: String?
    }

    struct Channel: Sendable, Hashable {
        var flake: String?
        /// The flake's input that stands for nixpkgs.
        var input: String
        /// A nixpkgs path or channel name, for a cluster without a flake.
        var nixpkgs: String?
        /// What builds a host's system instead of Nix alone: a shell command that prints a store path.
        var build: String?
        /// What to override nixpkgs with for a minor that the channel skips.
        var bridges: [MinorRelease: String]
    }

    struct Backup: Sendable, Hashable {
        /// Where archives are kept, on this host.
        var directory: String?
        /// Folders of every node that go into each archive too.
        var folders: [String] = []
        /// Who can open them, each as age or OpenSSH writes it.
        var recipients: [String] = []
        /// Public keys of minisign of the hosts whose archives are to be believed.
        var signers: [String] = []
        /// The same, read; the reader has seen to it that each can be.
        var signerKeys: [SignerKey] { signers.compactMap { try? SignerKey(parsing: $0) } }
        /// `nil`: nothing is ever removed.
        var retention: RetentionPolicy? = RetentionPolicy()
        /// How long what was removed waits in the trash.
        var trash = Duration.seconds(7 * 86_400)
        /// Where copies go.
        var replicas: [ReplicaPlace] = []
        /// What else backs a volume up, by its claim `namespace/name`.
        var volumes: [String: String] = [:]
        /// A text file for Prometheus' node exporter.
        var metrics: String?
    }

    var path: String
    var name: String
    var nodes: [Node]
    var sshConfig: String?
    var kubeconfig: String?
    var channel: Channel
    var backup = Backup()
    /// A folder of programs that run at certain points.
    var hooks: String?

    /// Where the file itself is.
    var folder: String {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return folder.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : folder
    }

    var endpoints: [NodeEndpoint] {
        nodes.map { NodeEndpoint(name: $0.name.text, addresses: $0.addresses, user: $0.user, become: $0.become) }
    }
}
