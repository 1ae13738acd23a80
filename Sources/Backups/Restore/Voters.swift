import UpgradePlanning

extension RestoreArchive {
    /// Members whose data it is.
    public var voters: [Voters.Member] { Voters(manifest).members }

    /// What the node's etcd was told of its cluster has nothing to do with the members.
    public func isOtherCluster(_ node: String) -> Bool {
        let known = Voters(manifest)
        let told = manifest.nodes.first { $0.name.text == node }?.etcd
        guard known.node != nil, !known.members.isEmpty, let told, let own = told["ETCD_NAME"] else { return false }
        let urls = Set(Voters.cluster(told["ETCD_INITIAL_CLUSTER"] ?? "").flatMap(\.peerURLs))
        return isNamesake(node, memberName: own)
            || !urls.isEmpty && urls.isDisjoint(with: known.members.flatMap(\.peerURLs)) && !known.names.contains(own)
    }

    /// The node's etcd has the name of a member that is another node's.
    public func isNamesake(_ node: String, memberName: String) -> Bool {
        guard let name = NodeName(node) else { return false }
        return Voters(manifest).isNamesake(name, memberName: memberName, in: manifest)
    }
}

/// The voting members that an archive's data is of.
public struct Voters: Sendable, Hashable {
    public struct Member: Sendable, Hashable {
        public var name: String
        public var peerURLs: [String]
    }

    let members: [Member]
    /// The node whose etcd was read.
    let node: NodeName?

    var names: Set<String> { Set(members.map(\.name)) }

    /// An archive that was made from a data folder has no word of etcd itself: then what etcd's units were told says it.
    init(_ manifest: Manifest) {
        if let etcd = manifest.etcd {
            members = etcd.members.filter { !$0.isLearner }.map { Member(name: $0.name, peerURLs: $0.peerURLs) }
            node = etcd.node
            return
        }
        let told = manifest.nodes.filter { $0.etcd?["ETCD_NAME"] != nil }
        // Without a note of it only where there is no doubt.
        let clusters = Set(told.map { Self.cluster($0.etcd?["ETCD_INITIAL_CLUSTER"] ?? "") })
        let own =
            manifest.diskNode.map { name in told.first { $0.name == name } } ?? (clusters.count == 1 ? told.first : nil)
        node = own?.name
        members = Self.cluster(own?.etcd?["ETCD_INITIAL_CLUSTER"] ?? "")
    }

    /// A member's name is one host's: another control plane may have an etcd of the same name (NixOS calls it by
    /// masterAddress).
    func isNamesake(_ name: NodeName, memberName: String, in manifest: Manifest) -> Bool {
        guard let node, node != name else { return false }
        return manifest.nodes.first { $0.name == node }?.etcd?["ETCD_NAME"] == memberName
    }

    /// `a=https://a:2380,b=https://b:2380`.
    static func cluster(_ text: String) -> [Member] {
        var urls: [String: [String]] = [:]
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            if pair.count == 2 { urls[pair[0], default: []].append(pair[1]) }
        }
        return urls.map { Member(name: $0.key, peerURLs: $0.value) }.sorted { $0.name < $1.name }
    }
}
