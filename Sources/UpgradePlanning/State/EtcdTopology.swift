/// The members of etcd, who votes, who leads, and who answers.
struct EtcdTopology: Sendable {
    /// One endpoint that answered.
    struct Member: Sendable {
        let node: NodeName
        let status: EtcdMemberFacts
        /// Which cluster it belongs to: etcd's id of it. With easyCerts every master makes the same ids out of the same
        /// names, so a member that answers on two nodes is two clusters, and their nodes tell them apart.
        let cluster: String
    }

    /// What answered, by node.
    let answering: [Member]
    /// Ids of the voters, as the members list them.
    let voters: Set<String>
    /// Members that do not vote yet, by id.
    let learners: [EtcdPeerFacts]
    /// Ids of the clusters that answered: more than one, and they are not one cluster.
    let clusters: Set<String>
    /// Where the leader runs; `nil` where it is not known, or where each of several clusters has its own.
    let leader: NodeName?

    init(_ endpoints: [EtcdEndpointFacts]) {
        let members = endpoints.compactMap { endpoint in
            endpoint.status.value.map { status in
                let isTwice = endpoints.contains { other in
                    other.node != endpoint.node && other.status.value?.memberID == status.memberID
                }
                let cluster = isTwice ? "\(status.clusterID) of \(endpoint.node)" : status.clusterID
                return Member(node: endpoint.node, status: status, cluster: cluster)
            }
        }.sorted { $0.node < $1.node }
        let peers = members.flatMap(\.status.members)
        let learning = Set(peers.filter(\.isLearner).map(\.memberID))
            .union(members.filter(\.status.isLearner).map(\.status.memberID))
        answering = members
        voters = Set(peers.map(\.memberID)).union(members.map(\.status.memberID)).subtracting(learning)
        learners = Dictionary(peers.map { ($0.memberID, $0) }) { $1 }.values
            .filter { learning.contains($0.memberID) }.sorted { $0.memberID < $1.memberID }
        clusters = Set(members.map(\.cluster))
        let leaderID = Self.mostNamed(members.compactMap(\.status.leaderID))
        leader = clusters.count == 1 ? members.first { $0.status.memberID == leaderID }?.node : nil
    }

    /// Members that are cut off may still name an old leader: the one that most of them name, then the lower id.
    private static func mostNamed(_ ids: [String]) -> String? {
        let counts = Dictionary(ids.map { ($0, 1) }, uniquingKeysWith: +)
        return counts.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key
    }

    /// How many voters must agree for anything to be written.
    var quorum: Int { voters.count / 2 + 1 }

    /// Every voter that the members know answered.
    var isComplete: Bool { voters.isSubset(of: Set(answering.map(\.status.memberID))) }

    /// Voters that answer and have a leader: one that is cut off from its mates answers too, and helps nobody.
    var healthyVoters: [Member] {
        answering.filter { voters.contains($0.status.memberID) && $0.status.leaderID != nil }
    }

    func member(on node: NodeName) -> Member? { answering.first { $0.node == node } }
}
