public import EtcdSnapshots
public import UpgradePlanning

/// How far an archive can be trusted, and why not further. Pure: from what was found while it was made, or when it was read.
public struct Grading: Sendable {
    public var manifest: Manifest
    /// `nil` where there is none.
    public var snapshot: SnapshotSummary?
    /// One for each voter of the cluster.
    public var hashes: [ProofRecord.MemberHash]
    /// Alarms that the cluster raised, in words.
    public var alarms: [String]
    public var files: Set<String>
    /// What links of nodes lead to, by their path in the archive.
    public var links: [String: String]
    public var keys: KeyRing

    public init(
        manifest: Manifest, snapshot: SnapshotSummary?, hashes: [ProofRecord.MemberHash], alarms: [String],
        files: Set<String>, links: [String: String] = [:], keys: KeyRing
    ) {
        self.links = links
        self.manifest = manifest
        self.snapshot = snapshot
        self.hashes = hashes
        self.alarms = alarms
        self.files = files
        self.keys = keys
    }

    /// The grade, with every reason against a higher one. A proven archive may have a reason too: what was vacuous.
    public func grade() -> (ArchiveFacts.Grade, reasons: [String]) {
        let contradictions = self.contradictions
        if !contradictions.isEmpty { return (.suspect, contradictions + gaps) }
        if !gaps.isEmpty { return (.checked, gaps) }
        return (.proven, remarks)
    }

    /// What takes nothing from it.
    private var remarks: [String] {
        (hashes.count == 1 ? ["one voter: there is no other member to compare with"] : [])
            + (snapshot?.encryptionKeys ?? []).filter { $0.hasPrefix("kms ") }.map {
                "values are encrypted with \($0), whose key is elsewhere by its nature: keep a way to it"
            }
            + (manifest.flake?.absence.map { ["the hosts' configuration is not in it: \($0)"] } ?? [])
            + (manifest.volumesUnknown.map { ["which volumes there are is not known: \($0)"] } ?? [])
    }

    private var contradictions: [String] {
        var reasons = alarms + (manifest.doubts ?? [])
        if let alarms = snapshot?.alarms, alarms > 0, self.alarms.isEmpty {
            reasons.append("the snapshot carries an alarm")
        }
        // Only hashes of the same compaction say something of each other.
        let groups = Dictionary(grouping: hashes.filter { $0.hash != nil }, by: \.compactRevision).values
        for known in groups where Set(known.map(\.hash)).count > 1 {
            let said = known.map { "\($0.member) \($0.hash.map(String.init) ?? "")" }.joined(separator: ", ")
            reasons.append("the members' data differs: \(said)")
        }
        for node in manifest.nodes {
            for pair in node.pairs where fits(node, pair) == .no {
                reasons.append("\(node.name): \(pair.key) is not the key of \(pair.certificate)")
            }
        }
        return reasons
    }

    private var gaps: [String] {
        var reasons: [String] = []
        if snapshot == nil { reasons.append("it holds no snapshot of etcd") }
        reasons += manifest.troubles ?? []
        if snapshot != nil, hashes.isEmpty { reasons.append("no member could be asked for a hash to compare") }
        if manifest.isFromDisk == true {
            reasons.append("it was read from a disk while etcd was down: what etcd had only in its log is not in it")
        }
        for hash in hashes where hash.hash == nil {
            reasons.append("\(hash.member) could not be compared: \(hash.reason ?? "no reason given")")
        }
        if let revision = hashes.compactMap(\.revision).first {
            reasons.append("etcd compacted the snapshot's revision away: the members were compared at \(revision)")
        }
        if Set(hashes.compactMap(\.compactRevision)).count > 1 {
            reasons.append("the members have compacted different revisions, so their data was not compared")
        }
        // A cluster file without the masters, or units that nobody could read.
        if snapshot != nil, manifest.nodes.allSatisfy({ $0.needed.isEmpty && $0.named.isEmpty }) {
            reasons.append("no node with an apiserver gave its keys")
        }
        for node in manifest.nodes {
            if let absence = node.absence {
                reasons.append("\(node.name) gave nothing: \(absence)")
                continue
            }
            reasons += node.needed.filter { places.find($0, of: node) == .missing }.map {
                "\(node.name): \($0) is not in it"
            }
            for pair in node.pairs where fits(node, pair) == .unknown {
                reasons.append("\(node.name): \(pair.key) and its certificate could not be compared")
            }
        }
        reasons += (snapshot?.encryptionKeys ?? []).filter { !$0.hasPrefix("kms ") && !keys.covers(encryptionKey: $0) }
            .map {
                "values are encrypted with \($0), whose key is not in it"
            }
        return reasons
    }
}

extension Grading {
    private var places: ArchivedPlaces { ArchivedPlaces(files: files, links: links) }

    private enum Fit {
        case yes, no, unknown
        /// One of them is not the archive's to keep.
        case elsewhere
    }

    private func fits(_ node: Manifest.Node, _ pair: Manifest.Node.Pair) -> Fit {
        let found = [pair.key, pair.certificate].map { path -> String? in
            switch places.find(path, of: node) {
            case .file(let place): place
            // Where nobody says what is there, its own path is all there is.
            case .missing: node.place(of: path)
            case .brought: nil
            }
        }
        guard let key = found[0], let certificate = found[1] else { return .elsewhere }
        return keys.fits(key: key, certificate: certificate).map { $0 ? .yes : .no } ?? .unknown
    }
}
