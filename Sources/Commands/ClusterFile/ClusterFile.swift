import NodeAccess
import UpgradePlanning

/// What the user says of a cluster: its nodes and how to reach them, and where NixOS comes from.
struct ClusterFile: Sendable, Hashable {
    struct Node: Sendable, Hashable {
        var name: NodeName
        var addresses: [String]
        var user: String?
        var become: NodeEndpoint.Become
    }

    struct Channel: Sendable, Hashable {
        var flake: String?
        /// The flake's input that stands for nixpkgs.
        var input: String
        /// A nixpkgs path or channel name, for a cluster without a flake.
        var nixpkgs: String?
        /// What to override nixpkgs with for a minor that the channel skips.
        var bridges: [MinorRelease: String]
    }

    var path: String
    var name: String
    var nodes: [Node]
    var sshConfig: String?
    var kubeconfig: String?
    var channel: Channel
    /// Where archives are kept, on this host.
    var archives: String?
    /// Folders of every node that go into each archive too.
    var extraFolders: [String] = []
    /// Who can open them, each as age or OpenSSH writes it.
    var recipients: [String] = []
    /// Public keys of minisign of the hosts whose archives are to be believed.
    var signers: [String] = []

    var endpoints: [NodeEndpoint] {
        nodes.map { NodeEndpoint(name: $0.name.text, addresses: $0.addresses, user: $0.user, become: $0.become) }
    }
}
