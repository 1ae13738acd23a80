import Foundation

@testable import EtcdSnapshots

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Snapshots of real members, made once for each version.
struct SnapshotFile: Sendable {
    let version: String
    let bytes: [UInt8]
    /// As `etcdutl snapshot status -w json` of the newer release says.
    let status: [String: Int]

    static let versions = ["3.4.23", "3.5.16"]
    static var areInstalled: Bool {
        versions.allSatisfy { access("\(programs($0))/etcd", X_OK) == 0 } && access(judge, X_OK) == 0
    }

    private static let judge = programs("3.5.16") + "/etcdutl"

    private static func programs(_ version: String) -> String {
        let cache =
            ProcessInfo.processInfo.environment["KUPGRADE_LAB_CACHE"] ?? NSHomeDirectory() + "/.cache/kupgrade-lab"
        return "\(cache)/etcd/\(version)/bin"
    }

    struct Failure: Error { let text: String }

    /// Many keys, written again, deleted and compacted; values of one byte, of pages, and of 1 MiB; encrypted ones too.
    static func make(_ version: String) throws -> SnapshotFile {
        let folder = FileManager.default.temporaryDirectory.path + "/kup-snapshot-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let script = """
            set -eu
            cd "$1"; export ETCDCTL_API=3
            port=$((20000 + $$ % 20000)); url=http://127.0.0.1:$port; peer=http://127.0.0.1:$((port + 1))
            "$2/etcd" --name m1 --data-dir data --listen-client-urls $url --advertise-client-urls $url \\
              --listen-peer-urls $peer --initial-advertise-peer-urls $peer --initial-cluster m1=$peer >log 2>&1 &
            trap 'kill %1' EXIT
            c="$2/etcdctl --endpoints $url"
            for i in $(seq 100); do $c endpoint health >/dev/null 2>&1 && break; sleep 0.1; done
            for i in $(seq 300); do printf 'put /registry/pods/shop/pod-%s "value %s"\\n' $i $i; done >lines
            for i in $(seq 100); do printf 'put /registry/pods/shop/pod-%s again\\n' $i; done >>lines
            for i in $(seq 40); do printf 'del /registry/pods/shop/pod-%s\\n' $i; done >>lines
            while read -r line; do eval "$c $line" >/dev/null; done <lines
            head -c 1000000 /dev/urandom | base64 -w 0 | $c put /registry/large >/dev/null
            head -c 6000 /dev/urandom | base64 -w 0 | $c put /registry/middle >/dev/null
            printf 'k8s:enc:aescbc:v1:key1:xxxx' | $c put /registry/secrets/shop/a >/dev/null
            printf 'k8s:enc:secretbox:v1:key2:xxxx' | $c put /registry/secrets/shop/b >/dev/null
            revision=$($c endpoint status -w json | grep -o '"revision":[0-9]*' | cut -d: -f2)
            $c compact $((revision - 100)) >/dev/null
            $c lease grant 1000 >/dev/null
            sleep 1
            $c snapshot save snapshot.db >/dev/null
            "$3" snapshot status snapshot.db -w json 2>/dev/null
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", script, "make", folder, programs(version), judge]
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0,
            let status = try JSONSerialization.jsonObject(with: said) as? [String: Any]
        else {
            let log = (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
            throw Failure(text: "\(String(decoding: said, as: UTF8.self)) \(log.suffix(2_000))")
        }
        return SnapshotFile(
            version: version, bytes: Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/snapshot.db"))),
            status: status.compactMapValues { ($0 as? NSNumber)?.intValue })
    }

    /// Walks it in portions of this size.
    static func walk(_ bytes: [UInt8], portion: Int = 32 << 10) throws -> SnapshotSummary {
        var walker = SnapshotWalker()
        try bytes.withUnsafeBytes { buffer in
            for start in stride(from: 0, to: buffer.count, by: portion) {
                try walker.write(UnsafeRawBufferPointer(rebasing: buffer[start..<min(start + portion, buffer.count)]))
            }
        }
        return try walker.finish()
    }
}
