import Backups

/// What an archive was held against when it was made, for people: pure.
enum MadeChecks {
    /// What did not hold is a reason of its grade, and not here.
    static func words(_ manifest: Manifest, _ proof: ProofRecord, _ keys: KeyRing, isReadBack: Bool) -> [String] {
        var words: [String] = []
        if !proof.digest.isEmpty { words.append("etcd's digest and tree") }
        let hashes = proof.hashes.filter { $0.hash != nil }
        if hashes.count > 1, Set(hashes.map(\.hash)).count == 1 {
            words.append("the same keys on \(hashes.count) members")
        }
        let pairs = manifest.nodes.reduce(0) { $0 + $1.pairs.count }
        if pairs > 0, proof.grade == .proven {
            words.append(pairs == 1 ? "a key with its certificate" : "\(pairs) keys with their certificates")
        }
        if !proof.encryptionKeys.isEmpty, proof.encryptionKeys.allSatisfy({ keys.covers(encryptionKey: $0) }) {
            words.append("the keys of encryption at rest")
        }
        if isReadBack { words.append("every byte as read back from the disk") }
        return words
    }
}
