import Foundation
import Testing

@testable import Commands

/// `services.kupgrade`, evaluated by Nix.
@Suite struct NixOSModuleTests {
    private static func evaluate() throws -> [String: Any] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let root = tests.deletingLastPathComponent().deletingLastPathComponent().path
        let expression =
            "import \(tests.path)/Fixtures/evaluate-module.nix { module = \(root)/hooks/nixos/module.nix; }"
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "NIX_CONFIG=build-users-group =", "nix-instantiate", "--eval", "--strict", "--json", "-E", expression,
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// What `timer --print` writes, as key and value; those of the unit's other sections are the module's `after`, `wants`.
    private static func lines(_ unit: String) -> [(String, String)] {
        unit.split(separator: "\n").filter { $0.contains("=") && !$0.hasPrefix("#") }.map { line in
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            return (parts[0], parts[1])
        }
    }

    private static let elsewhere = [
        "Description", "Documentation", "Wants", "After", "RequiresMountsFor", "Environment",
    ]

    @Test func itSetsWhatTheUnitsSay() throws {
        let module = try Self.evaluate()
        var units = BackupUnits(
            program: "/nix/store/k/bin/kupgrade", clusterFile: "/etc/kupgrade/cluster.yaml",
            archives: "/var/backup/kupgrade", signingKey: "/var/lib/kupgrade/signing.key")
        units.maxAge = "26h"
        for (key, unit) in [("service", 0), ("check", 2)] {
            let service = try #require((module[key] as? [String: Any])?["serviceConfig"] as? [String: Any])
            let wanted = Self.lines(units.files[unit].text).filter { !Self.elsewhere.contains($0.0) }
            for (name, value) in wanted {
                let text = (service[name] as? [String])?.joined(separator: " ") ?? "\(service[name] ?? "nothing")"
                #expect(text == value, "\(name)")
            }
            #expect(Set(service.keys) == Set(wanted.map(\.0)))
        }
        for (key, unit) in [("timer", 1), ("checkTimer", 3)] {
            let timer = try #require(module[key] as? [String: Any])
            for (name, value) in Self.lines(units.files[unit].text)
            where name.hasSuffix("Calendar") || name.hasSuffix("Sec") {
                #expect(timer[name] as? String == value)
            }
            #expect(timer["Persistent"] as? Bool == true)
        }
    }

    /// NixOS's own PATH for a service has coreutils, findutils, grep, sed and systemd: the rest is named.
    @Test func itHasWhatKupgradeStarts() throws {
        let service = try #require(try Self.evaluate()["service"] as? [String: Any])
        let path = try #require(service["path"] as? [String])
        #expect(Set(["bash", "util-linux", "gnutar", "ssh", "nix", "rclone", "curl"]).isSubset(of: path))
    }

    @Test func aKeyOfAnotherHostCanDoOneThing() throws {
        let keys = try #require(try Self.evaluate()["keys"] as? [String])
        #expect(
            keys == [
                #"restrict,command="/nix/store/k/bin/kupgrade backup collect" ssh-ed25519 AAAA backup"#,
                #"restrict,command="/nix/store/k/bin/kupgrade backup receive /var/backup/kupgrade" ssh-ed25519 BBBB backup"#,
            ])
    }

    /// What a restore holds, and what is held before the first boot: units that the host has, and no others.
    @Test func itLetsUnitsBeHeld() throws {
        let held = try #require(try Self.evaluate()["held"] as? [String: [String]])
        #expect(held.keys.sorted() == ["cfssl", "etcd", "kube-apiserver"])
        #expect(held["etcd"] == ["!/var/lib/kupgrade/hold", "!/var/lib/kupgrade/holds/%n"])
    }

    @Test func theClusterFileThatItWritesIsRead() throws {
        let text = try #require(try Self.evaluate()["clusterFile"] as? String)
        let file = try ClusterFileReader(path: "/etc/kupgrade/cluster.yaml").read(
            text.replacing("age1x", with: "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"))
        #expect(file.backup.directory == "/var/backup/kupgrade")
        #expect(file.backup.folders == ["/var/lib/kubernetes/secrets", "/var/lib/cfssl"])
        #expect(file.backup.retention?.last == 5 && file.backup.retention?.daily == 0)
        #expect(file.backup.replicas.map(\.description) == ["limiting-factor:/var/backup/kupgrade"])
    }
}
