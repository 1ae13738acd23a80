public import Backups
import FoundationEssentials
import NodeAccess
public import Observation
public import UpgradePlanning

/// Looks at hosts as a restore needs it: what lies in etcd's folder, and which volumes are there.
public enum RestoreProbe {
    /// Hosts that answered. `origins`: hosts of the archive by the hosts that take their places.
    public static func hosts(
        _ facts: ClusterFacts, _ ways: ClusterObserver.Ways, _ manifest: Manifest, origins: [NodeName: NodeName]
    ) async throws -> [RestoreHost] {
        var hosts: [RestoreHost] = []
        for node in facts.nodes {
            guard let host = node.host.value, let session = ways.sessions[node.name] else { continue }
            let origin = origins[node.name] ?? node.name
            let paths = manifest.volumes.filter { $0.node == origin.text }.map(\.path)
            let etcd = host.unit(Component.etcd.unit)
            let folder = etcd.map { unit in
                unit.commandLine?.value(of: "--data-dir") ?? unit.commandLine?.environment["ETCD_DATA_DIR"]
                    ?? DataFolder.defaultPath
            }
            let lines = try await HostScript(session, script).run([folder ?? ""] + paths)
            let member = facts.etcd.first { $0.node == node.name }?.status.value
            hosts.append(
                RestoreHost(
                    name: node.name, origin: origin, host: host,
                    data: folder.flatMap { data($0, lines.first ?? "", owner: etcd?.user ?? "") }, member: member,
                    volumes: Set(lines.dropFirst().compactMap { $0.hasPrefix("/") ? $0 : nil })))
        }
        return hosts
    }

    private static func data(_ folder: String, _ line: String, owner: String) -> RestoreHost.Data? {
        let numbers = line.split(separator: " ").compactMap { Int64($0) }
        guard numbers.count == 4 else { return nil }
        return RestoreHost.Data(
            folder: folder, exists: numbers[0] == 1,
            madeAt: numbers[1] > 0 ? Instant(secondsSince1970: numbers[1]) : nil, bytes: numbers[2],
            freeBytes: numbers[3], owner: (owner.isEmpty ? "root" : owner) + ":")
    }

    /// First line: is there a member, when was it made, bytes of the database, bytes free. Then volumes that are there.
    private static let script = #"""
        data=$1; shift
        if [ -n "$data" ]; then
          there=0; made=0; size=0; place=$data
          if [ -d "$data/member" ]; then
            there=1; made=$(stat -c %Y "$data/member"); size=$(stat -c %s "$data/member/snap/db" 2>/dev/null || echo 0)
          fi
          while [ ! -d "$place" ]; do place=${place%/*}; [ -n "$place" ] || place=/; done
          free=$(df -Pk "$place" | { read -r _; read -r _ _ _ free _; echo "$free"; })
          echo "$there $made $size $((free * 1024))"
        else echo none; fi
        for path; do if [ -e "$path" ]; then echo "$path"; fi; done
        """#
}
