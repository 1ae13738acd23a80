import Foundation
import Testing

/// What is in an archive, and where nothing of it is.
extension ClusterTests.SingleMaster {
    /// Every file that a host is made whole from, as it is there: content, mode, and owner by name.
    @Test func whatARebuiltHostNeedsIsInTheArchiveAsItIs() throws {
        try Lab.waitUntilReady()
        let marked = "/var/lib/tailscale/files/received"
        let folders = "/var/lib/cfssl /var/lib/kubernetes/secrets /var/lib/nixos /var/lib/tailscale"
        let files = "/etc/machine-id /etc/nixos/hardware-configuration.nix /etc/ssh/ssh_host_*"
        _ = try Lab.on(
            "grey-area", "sh", "-c",
            """
            mkdir -p \(marked) /var/lib/tailscale /var/lib/nixos /run/agenix /var/lib/kubelet/pods/uid /srv/own
            echo state >/var/lib/tailscale/tailscaled.state; chmod 600 /var/lib/tailscale/tailscaled.state
            echo large >\(marked)/large; echo '{}' >/var/lib/nixos/declarative-users; echo pod >/var/lib/kubelet/pods/uid/secret
            echo kept >/srv/own/file; ln -sfn file /srv/own/link; chown -h nobody:nogroup /srv/own/file; chmod 640 /srv/own/file
            """)
        defer {
            _ = try? Lab.on(
                "grey-area", "sh", "-c",
                "rm -rf /var/lib/tailscale/tailscaled.state \(marked) /var/lib/kubelet/pods/uid /srv/own")
        }
        try BackupBench.with(settings: ["folders: [/srv/own]"]) { bench in
            #expect(try bench.create().exitCode == 0)
            let opened = try bench.shell("mkdir open; age -d -i identity.txt archives/*.age | zstd -d | tar xp -C open")
            #expect(opened.exitCode == 0, "\(opened.errors)")
            let find =
                "find \(folders) \(files) /srv/own -xdev \\( -type f -o -type l \\) ! -path '\(marked)/*' 2>/dev/null"
            let there = try Lab.on(
                "grey-area", "sh", "-c",
                find + #" | sort | xargs -d '\n' stat -c '%A %U/%G %N' | sed -E "s/'//g""#
            ).split(separator: "\n").map(String.init)
            // As tar has them, which knows owners by name.
            let listed = try bench.shell(
                "age -d -i identity.txt archives/*.age | zstd -d | tar tv nodes/grey-area | awk '{$3 = $4 = $5 = \"\"; print}' | tr -s ' '"
            )
            let found = Set(
                listed.output.replacing("nodes/grey-area/", with: "/").split(separator: "\n").map(String.init))
            for line in there { #expect(found.contains(line), "\(line)") }
            let sums = try Lab.on(
                "grey-area", "sh", "-c", find.replacing(" -o -type l", with: "") + " | sort | xargs -d '\n' sha256sum")
            let same = try bench.shell(
                "cd open/nodes/grey-area; sed 's|  /|  ./|' <<'end' | sha256sum -c --quiet\n\(sums)\nend")
            #expect(same.exitCode == 0, "\(same)")
            for name in [
                "apitoken.secret", "ca-key.pem", "machine-id", "tailscaled.state", "declarative-users", "link -> file",
            ] {
                #expect(there.contains { $0.contains(name) }, "\(name) is not on the host: \(there)")
            }
            let names = try bench.shell("cd open; find . ! -type d").output
            #expect(!names.contains("/var/lib/kubelet/") && !names.contains("received"), "\(names)")
            let manifest = try JSON(
                text: String(contentsOfFile: bench.scratch.path + "/open/manifest.json", encoding: .utf8))
            let node = manifest["nodes"].first("name", "grey-area")
            #expect("\(node["generation"])".contains("nixos-system-grey-area"), "\(node)")
            #expect(node["nixosVersion"].text?.hasPrefix("20.09") == true)
            #expect(node["etcd"]["ETCD_NAME"].text ?? node["etcd"]["name"].text == "grey-area", "\(node)")
        }
    }

    /// The bytes of the database and of every key go from the socket through the seal: the only files that are opened for
    /// writing are the archive's, which begins with age's header, and small ones that the catalog and the lease are made of.
    @Test func nothingUnsealedReachesADisk() throws {
        try Lab.waitUntilReady()
        try BackupBench.with { bench in
            let traced = try bench.shell(
                """
                XDG_STATE_HOME=$PWD/state strace --follow-forks --decode-fds=path --string-limit=32 --output=trace \
                  --trace=openat,open,creat,write,pwrite64,writev,sendfile,copy_file_range,splice,mmap \
                  \(Program.kupgrade) backup create --cluster \(bench.cluster) --signing-key sign.key >/dev/null
                """)
            #expect(traced.exitCode == 0, "\(traced.errors)")
            let trace = try String(contentsOfFile: bench.scratch.path + "/trace", encoding: .utf8).split(
                separator: "\n")
            let opened = trace.filter {
                $0.contains("open") && ["O_WRONLY", "O_RDWR", "O_CREAT"].contains(where: $0.contains)
                    && !$0.contains("= -1")
            }
            let paths = Set(opened.compactMap { $0.split(separator: "\"").dropFirst().first.map(String.init) })
            #expect(paths.contains { $0.hasSuffix(".tar.zst.age.part") }, "\(paths)")
            // Nix's own locks, and ours: ssh's sockets are in that folder.
            let others = ["/dev/", "/proc/", "/nix/var/nix/", "/tmp/kupgrade-"]
            for path in paths where !others.contains(where: path.hasPrefix) {
                #expect(path.hasPrefix(bench.scratch.path), "\(path)")
            }
            // No file of another kind is larger than a catalog entry; the archive is sealed from its first byte.
            let written = trace.filter { $0.contains("write") && $0.contains(".tar.zst.age.part>") }
            #expect(written.first?.contains("age-encryption.org/v1") == true, "\(written.first ?? "nothing")")
            let large = try bench.shell("find . -type f -size +64k ! -name '*.age' ! -name trace ! -name 'kupgrade*'")
                .output
            #expect(large.isEmpty, "\(large)")
            let keys = try bench.shell("grep -rlaF --exclude=kupgrade.tar 'PRIVATE KEY' archives state || true").output
            #expect(keys.isEmpty, "\(keys)")
        }
    }

    /// What a monitor and a person see of archives, without any key.
    @Test func theCatalogAnswersWithoutAKey() throws {
        try Lab.waitUntilReady()
        try BackupBench.with(top: "hooks: @/hooks\n") { bench in
            let (entry, _) = try bench.create()
            let name = try #require(entry["name"].text)
            _ = try bench.shell("mv identity.txt away.txt")
            let read = try JSON(text: try bench.run("backup", "show", name).output)
            #expect(read["sha256"].text == entry["sha256"].text && read["revision"].number == entry["revision"].number)
            #expect(try bench.run("backup", "show", "no-such-archive").errors.contains("KUP-E"))
            #expect(try bench.run("backup", "status", "--max-age", "1h").output.hasPrefix("OK: \(name) is "))
            _ = try bench.shell(
                "mkdir -p hooks/on-backup-stale.d; printf '#!/bin/sh\\ncat >\(bench.scratch.path)/stale.json\\n' >hooks/on-backup-stale.d/keep; chmod +x hooks/*/*"
            )
            Thread.sleep(forTimeInterval: 2)
            let stale = try bench.run("backup", "status", "--max-age", "1s", "--notify")
            #expect(stale.exitCode == 1 && stale.output.hasPrefix("STALE: \(name) is "), "\(stale)")
            let event = try JSON(text: String(contentsOfFile: bench.scratch.path + "/stale.json", encoding: .utf8))
            #expect(event["point"].text == "on-backup-stale")
            #expect(event["summary"].text == stale.output.trimmingCharacters(in: .newlines), "\(event)")
        }
    }
}
