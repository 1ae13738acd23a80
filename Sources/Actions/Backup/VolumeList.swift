import Backups
import NodeAccess
import Observation
import UpgradePlanning

/// Volumes on hosts' disks, which no archive holds: where they are, how much is in them, and who else keeps a copy.
struct VolumeList: Sendable {
    let facts: ClusterFacts
    let ways: ClusterObserver.Ways
    /// In the user's words, by `NAMESPACE/CLAIM`, or `NAMESPACE/OWNER` for a path that a pod names itself.
    let covered: [String: String]
    /// What a hook noted on this host: it speaks of this host's disks only. Other nodes are asked for what was noted there.
    let recorded: [RecordedVolume]

    func volumes() async -> [Manifest.Volume] {
        let found = Self.find(facts)
        let looks = await withTaskGroup(of: (String, Look).self) { group in
            for (node, session) in ways.sessions {
                let paths = found.filter { $0.node == node.text && !$0.path.isEmpty }.map(\.path)
                if !paths.isEmpty { group.addTask { (node.text, await Self.look(at: paths, session)) } }
            }
            return await group.reduce(into: [String: Look]()) { $0[$1.0] = $1.1 }
        }
        return found.map { volume in
            var volume = volume
            volume.bytes = looks[volume.node]?.sizes[volume.path]
            volume.coveredBy =
                covered[volume.claim] ?? recorded(volume)
                ?? looks[volume.node]?.recorded.first { $0.covers(volume) }?.words
            return volume
        }
    }

    private func recorded(_ volume: Manifest.Volume) -> String? {
        let here = facts.nodes.first { $0.host.value?.isOperatorHost == true }?.name.text
        // Who is on none of the hosts reads what is on them by ways of his own.
        guard let here else { return recorded.first { $0.claim == volume.claim }?.words }
        return volume.node == here ? recorded.first { $0.covers(volume) }?.words : nil
    }

    /// What a node says of its own disks.
    private struct Look {
        /// Bytes, by path.
        var sizes: [String: Int64] = [:]
        var recorded: [RecordedVolume] = []
    }

    /// Pure. Each path of a node once, for each claim.
    static func find(_ facts: ClusterFacts) -> [Manifest.Volume] {
        guard let kubernetes = facts.kubernetes.value else { return [] }
        let claims = (kubernetes.claims.value ?? []).filter(\.isLocal).map { claim in
            let pod = kubernetes.pods.first { pod in
                pod.namespace == claim.namespace && pod.volumes.contains(.claim(claim.name))
            }
            return Manifest.Volume(
                claim: "\(claim.namespace)/\(claim.name)", node: pod?.nodeName ?? home(claim), path: claim.path ?? "")
        }
        let paths = kubernetes.pods.flatMap { pod in
            pod.volumes.compactMap { volume -> Manifest.Volume? in
                guard case .hostPath(let path) = volume, isData(path) else { return nil }
                return Manifest.Volume(
                    claim: "\(pod.namespace)/\(pod.ownerName ?? pod.name)", node: pod.nodeName, path: path)
            }
        }
        var seen: Set<String> = []
        return (claims + paths).filter { seen.insert("\($0.claim) \($0.node):\($0.path)").inserted }
            .sorted { ($0.claim, $0.node, $0.path) < ($1.claim, $1.node, $1.path) }
    }

    /// Where a volume that no pod uses is, by its own node affinity; empty where that names none or several.
    private static func home(_ claim: ClaimFacts) -> String {
        let names = Set(
            claim.nodeTerms.flatMap(\.labels).filter { $0.key == "kubernetes.io/hostname" && $0.operator == "In" }
                .flatMap(\.values))
        return names.count == 1 ? names.first ?? "" : ""
    }

    /// Not what the host makes itself, nor what agents only look at.
    private static func isData(_ path: String) -> Bool {
        path != "/" && path != "/etc" && path != "/tmp" && !notData.contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    private static let notData =
        [
            "/proc", "/sys", "/dev", "/run", "/var/run", "/lib", "/usr", "/nix", "/boot", "/var/log", "/opt/cni",
            "/var/lib/kubelet", "/var/lib/containerd", "/var/lib/cni", "/var/lib/kubernetes",
        ]
        + [
            "ca-certificates", "cni", "group", "hostname", "hosts", "kubernetes", "localtime", "machine-id", "nixos",
            "os-release", "passwd", "pki", "resolv.conf", "ssl", "static",
        ].map { "/etc/" + $0 }

    /// A folder that takes longer than ten seconds to count has no size. A note that nothing has renewed is none.
    private static func look(at paths: [String], _ session: any NodeSession) async -> Look {
        let script = #"""
            PATH=$PATH:/run/current-system/sw/bin:/usr/bin:/bin
            for f; do timeout 10 du -sxB1 -- "$f" 2>/dev/null | cut -f 1 || true; echo; done
            find \#(RecordedVolume.file) -mmin -\#(RecordedVolume.oldest / 60) -exec head -c \#(RecordedVolume.limit) {} \; 2>/dev/null
            """#
        let command = NodeCommand.script(
            script, arguments: paths, outputLimit: 2 << 20, deadline: .seconds(30 + 10 * paths.count))
        guard let result = try? await session.run(command) else { return Look() }
        return read(result.outputText, paths)
    }

    /// For each path a number, or nothing, and then an empty line; behind them the note.
    private static func read(_ text: String, _ paths: [String]) -> Look {
        var look = Look()
        var index = 0
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        while index < paths.count, let line = lines.popFirst() {
            if line.isEmpty { index += 1 } else { look.sizes[paths[index]] = Int64(line) }
        }
        look.recorded = RecordedVolume.parse(lines.joined(separator: "\n"))
        return look
    }
}
