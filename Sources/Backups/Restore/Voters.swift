import UpgradePlanning

extension RestoreArchive {
    /// Members whose data it is.
    public var voters: [Voters.Member] { Voters(manifest).members }
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
        node = told.first?.name
        members = Self.cluster(told.first?.etcd?["ETCD_INITIAL_CLUSTER"] ?? "")
    }

    /// `a=https://a:2380,b=https://b:2380`.
    private static func cluster(_ text: String) -> [Member] {
        var urls: [String: [String]] = [:]
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            if pair.count == 2 { urls[pair[0], default: []].append(pair[1]) }
        }
        return urls.map { Member(name: $0.key, peerURLs: $0.value) }.sorted { $0.name < $1.name }
    }
}
