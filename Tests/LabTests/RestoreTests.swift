import Foundation
import Testing

extension ClusterTests.SingleMaster {
    /// The single master's disk is new; it has booted and made an authority and an etcd of its own. kupgrade is killed once
    /// in the middle, and goes on.
    @Test func aRebuiltMasterBecomesTheClusterAgain() throws {
        try RestoreBench.with { bench in
            let before = try bench.contents()
            try Lab.run("new-disk", "grey-area")
            try Lab.run("start", "grey-area")
            _ = try Lab.eventually(within: 60, "an etcd of its own") {
                let state = try Lab.on("grey-area", "systemctl", "is-active", "etcd", "kube-apiserver")
                return state == "active\nactive" ? state : nil
            }
            // Nothing that anybody uses is there: no name has to be typed.
            let arguments = [
                "restore", "latest", "--identity", bench.backups.identity, "--yes", "--no-pause",
            ]
            #expect(try bench.kill(arguments, atLine: 18) == nil)
            let again = try bench.run(arguments)
            #expect(again.exitCode == 11 && again.errors.contains("KUP-E110"), "\(again)")
            let resumed = try bench.run(["resume", "--no-pause"])
            #expect(resumed.exitCode == 0, "\(resumed.output)\(resumed.errors)")
            try Lab.waitUntilReady()
            #expect(try bench.changes(since: before) == [])
            #expect(try Lab.on("grey-area", "sh", "-c", "ls -d /var/lib/etcd/*").contains("member.kupgrade-undo-"))
            #expect(try Lab.on("grey-area", "sh", "-c", "ls /var/lib/kupgrade").contains("holds") == false)
            #expect(try Lab.on("grey-area", "ls", "-A", "/etc/systemd/system.control") == "")
            #expect(try bench.backups.create().exitCode == 0)
        }
    }

    /// Back to an older moment on a cluster that runs: only for who types its name; and back again in the middle.
    @Test(.enabled(if: RestoreBench.isTorture))
    func anOlderMomentComesBackAndTheNewerOneCan() throws {
        try RestoreBench.with { bench in
            let before = try bench.contents()
            _ = try? Lab.kubectl("-n", "restored", "create", "configmap", "newer", "--from-literal=a=b")
            _ = try Lab.kubectl("-n", "restored", "delete", "secret", "kept")
            let state = try bench.hostState()
            let refused = try bench.run(
                ["restore", "latest", "--identity", bench.backups.identity, "--yes", "--no-pause"])
            #expect(refused.exitCode == 20 && refused.errors.contains("KUP-E119"), "\(refused)")
            #expect(try bench.hostState() == state)

            #expect(try bench.kill(bench.arguments([]), atLine: 24) == nil)
            let undone = try bench.run(["undo", "--yes"])
            #expect(undone.exitCode == 0 && undone.output.contains("\ntaken back: "), "\(undone)")
            try Lab.waitUntilReady()
            _ = try Lab.eventually(within: 60, "everything as it was") {
                try bench.hostState() == state ? true : nil
            }
            #expect(try Lab.kubectl("-n", "restored", "get", "configmap", "newer").contains("newer"))

            let result = try bench.restore()
            #expect(result.exitCode == 0, "\(result.errors)")
            try Lab.waitUntilReady()
            #expect(try bench.changes(since: before) == [])
        }
    }

    /// Killed at each line of its journal and gone on with, through one whole restore; every tenth time by another machine.
    @Test(.enabled(if: RestoreBench.isTorture))
    func killedAtEveryLineItEndsTheSame() throws {
        try RestoreBench.with { bench in
            let before = try bench.contents()
            _ = try? Lab.kubectl("-n", "restored", "create", "configmap", "newer", "--from-literal=a=b")
            var machine = "a"
            var rounds = 0
            #expect(try bench.kill(bench.arguments([]), atLine: 1) == nil)
            while true {
                rounds += 1
                try #require(rounds < 200)
                var arguments = [
                    "resume", "--yes", "--no-pause", "--archive", try archive(bench), "--identity",
                    bench.backups.identity,
                ]
                if rounds % 10 == 0 {
                    arguments += try bench.takingOver(from: machine)
                    machine = machine == "a" ? "b" : "a"
                    try bench.fallSilent()
                }
                let start = max(bench.lines("a"), bench.lines("b"))
                if let result = try bench.kill(arguments, atLine: start + 2, machine: machine) {
                    // Killed after the last line it has ended, and nobody knows but the journal.
                    #expect(
                        result.exitCode == 0 || result.errors.contains("KUP-E120"),
                        "round \(rounds): \(result.output)\(result.errors)")
                    break
                }
            }
            #expect(rounds > 20)
            try Lab.waitUntilReady()
            #expect(try bench.changes(since: before) == [])
            for node in ["grey-area", "congenital-optimist", "limiting-factor"] {
                #expect(try Lab.on(node, "sh", "-c", "ls /var/lib/kupgrade").contains("run.lock") == false)
            }
        }
    }

    /// A new installation gets everything before its first boot, and comes up as the cluster.
    @Test(.enabled(if: RestoreBench.isTorture))
    func aTreeThatWasNotBootedComesUpAsTheCluster() throws {
        try RestoreBench.with { bench in
            let before = try bench.contents()
            try Lab.run("new-disk", "grey-area", "unbooted")
            let root = Lab.state + "/hosts/grey-area/root"
            func arguments(_ etcd: String) -> [String] {
                [
                    "restore", "latest", "--identity", bench.backups.identity, "--root", root, "--yes", "--etcd",
                    "\(NSHomeDirectory())/.cache/kupgrade-lab/etcd/\(etcd)/bin",
                ]
            }
            let newer = try bench.run(arguments("3.5.16"))
            #expect(newer.exitCode == 20 && newer.errors.contains("is of etcd 3.4.23"), "\(newer)")
            let arguments = arguments("3.4.23")
            let result = try bench.run(arguments)
            #expect(result.exitCode == 0, "\(result.errors)")
            let again = try bench.run(arguments)
            #expect(again.exitCode == 20 && again.errors.contains("KUP-E122"), "\(again)")
            try Lab.run("start", "grey-area")
            try Lab.waitUntilReady()
            #expect(try bench.changes(since: before) == [])
            for node in ["congenital-optimist", "limiting-factor"] {
                _ = try Lab.on(node, "systemctl", "restart", "kubelet", "kube-proxy", "flannel")
            }
            try Lab.waitUntilReady()
            #expect(try bench.backups.create().entry["grade"].text == "proven")
        }
    }

    /// Leaf certificates in the archive end too soon: cfssl and certmgr make new ones, before anything else runs, and the
    /// service accounts' keys are the archive's.
    @Test(.enabled(if: RestoreBench.isTorture))
    func leafsThatEndSoonAreMadeAnew() throws {
        try Lab.waitUntilReady()
        try Lab.run("short-leafs", "grey-area")
        try RestoreBench.with { bench in
            let before = try bench.contents()
            let key = try Lab.on("grey-area", "sha256sum", "/var/lib/kubernetes/secrets/service-account-key.pem")
            try Lab.run("new-disk", "grey-area")
            try Lab.run("start", "grey-area")
            _ = try Lab.eventually(within: 60, "ssh") { try Lab.on("grey-area", "systemctl", "is-active", "sshd") }
            let result = try bench.restore()
            #expect(result.exitCode == 0, "\(result.errors)")
            #expect(result.output.contains("new leaf certificates"))
            try Lab.waitUntilReady()
            #expect(try bench.changes(since: before) == [])
            #expect(
                try Lab.on("grey-area", "sha256sum", "/var/lib/kubernetes/secrets/service-account-key.pem") == key)
            let valid = ["openssl", "x509", "-noout", "-checkend", "864000", "-in"]
            for leaf in ["etcd", "kube-apiserver", "kubelet", "kube-apiserver-etcd-client"] {
                let path = "/var/lib/kubernetes/secrets/\(leaf).pem"
                _ = try Lab.on("grey-area", "sh", "-c", (valid + [path]).joined(separator: " "))
            }
        }
    }

    private func archive(_ bench: RestoreBench) throws -> String {
        let name = try #require(bench.backups.files().first { $0.hasSuffix(".tar.zst.age") })
        return "\(bench.backups.archives)/\(name)"
    }

    /// Taken back after each number of steps.
    @Test(.enabled(if: RestoreBench.isTorture))
    func takenBackAtEveryStageTheHostsAreAsTheyWere() throws {
        try RestoreBench.with { bench in
            _ = try? Lab.kubectl("-n", "restored", "create", "configmap", "newer", "--from-literal=a=b")
            let state = try bench.hostState()
            for line in stride(from: 2, through: 34, by: 3) {
                #expect(try bench.kill(bench.arguments([]), atLine: line) == nil, "line \(line)")
                let undone = try bench.run(["undo", "--yes"])
                #expect(undone.exitCode == 0, "line \(line): \(undone.errors)")
                _ = try Lab.eventually(within: 90, "everything as it was after line \(line)") {
                    try bench.hostState() == state ? true : nil
                }
                try Lab.waitUntilReady()
                #expect(try Lab.kubectl("-n", "restored", "get", "configmap", "newer").contains("newer"))
            }
        }
    }

    /// The host loses power while it is being restored: what is held stays stopped, and the run goes on.
    @Test(.enabled(if: RestoreBench.isTorture))
    func aPowerCutOfTheHostIsNoHarm() throws {
        try RestoreBench.with { bench in
            let before = try bench.contents()
            for line in [16, 20, 26] {
                #expect(try bench.kill(bench.arguments([]), atLine: line) == nil)
                try Lab.run("power-cut", "grey-area")
                try Lab.run("start", "grey-area")
                _ = try Lab.eventually(within: 60, "the host") {
                    try Lab.on("grey-area", "systemctl", "is-active", "sshd")
                }
                if line < 24 {
                    Thread.sleep(forTimeInterval: 5)
                    #expect(throws: Lab.Failure.self) {
                        _ = try Lab.on("grey-area", "systemctl", "is-active", "kube-apiserver")
                    }
                }
                let result = try bench.run(["resume", "--no-pause"])
                #expect(result.exitCode == 0, "line \(line): \(result.errors)")
                try Lab.waitUntilReady()
                #expect(try bench.changes(since: before) == [])
            }
        }
    }
}

extension ClusterTests.ThreeMasters {
    /// All three hosts have new disks: no data, no keys. Every member comes from the one snapshot.
    @Test(.enabled(if: RestoreBench.isTorture)) func allThreeMastersComeBack() throws {
        try RestoreBench.with { bench in
            let before = try bench.contents()
            let nodes = ["grey-area", "congenital-optimist", "limiting-factor"]
            for node in nodes { try Lab.run("new-disk", node) }
            for node in nodes { try Lab.run("start", node) }
            for node in nodes {
                _ = try Lab.eventually(within: 60, "ssh") { try Lab.on(node, "systemctl", "is-active", "sshd") }
            }
            let arguments = ["restore", "latest", "--identity", bench.backups.identity, "--yes", "--no-pause"]
            #expect(try bench.kill(arguments, atLine: 30) == nil)
            let result = try bench.run(["resume", "--no-pause"])
            #expect(result.exitCode == 0, "\(result.errors)")
            try Lab.waitUntilReady()
            #expect(try bench.changes(since: before) == [])
            #expect(try bench.backups.create().entry["grade"].text == "proven")
        }
    }

    /// A member that is away keeps a restore from beginning: it would come back with other data under the same name.
    @Test func aRestoreWaitsForEveryMember() throws {
        try RestoreBench.with { bench in
            func traces() throws -> String {
                try Lab.on(
                    "grey-area", "sh", "-c", "ls -R /var/lib/kupgrade /etc/systemd/system.control 2>/dev/null || true")
            }
            let before = try traces()
            try Lab.run("cut-link", "limiting-factor", "all")
            defer { _ = try? Lab.run("restore-link", "limiting-factor") }
            let result = try bench.restore()
            #expect(result.exitCode == 20 && result.output.contains("KUP-R007"), "\(result)")
            #expect(try traces() == before)
        }
        try Lab.waitUntilReady()
    }

    /// One of three members lost its data: nothing is restored, since the others have everything.
    @Test(.enabled(if: RestoreBench.isTorture)) func aLostMemberIsReplaced() throws {
        try RestoreBench.with { bench in
            _ = try? Lab.kubectl("-n", "restored", "create", "configmap", "newer", "--from-literal=a=b")
            let before = try bench.contents()
            try Lab.run("new-disk", "limiting-factor")
            try Lab.run("start", "limiting-factor")
            _ = try Lab.eventually(within: 60, "ssh") {
                try Lab.on("limiting-factor", "systemctl", "is-active", "sshd")
            }
            let arguments = ["restore", "latest", "--identity", bench.backups.identity, "--yes", "--no-pause"]
            #expect(try bench.kill(arguments, atLine: 12) == nil)
            let result = try bench.run(["resume", "--no-pause"])
            #expect(result.exitCode == 0, "\(result.errors)")
            try Lab.waitUntilReady()
            #expect(try bench.changes(since: before) == [])
            let (entry, exitCode) = try bench.backups.create()
            #expect(exitCode == 0 && entry["grade"].text == "proven", "\(entry)")
        }
    }
}

extension ClusterTests.SingleMaster {
    /// What cannot be believed restores nothing: wrong key, cut short, changed, signed by somebody else, another cluster's.
    @Test func anArchiveThatIsNotWhatItWasRestoresNothing() throws {
        try RestoreBench.with { bench in
            let state = try bench.hostState()
            let sealed = try archive(bench)
            let name = try #require(sealed.split(separator: "/").last.map(String.init))
            let made = try bench.backups.shell(
                """
                age-keygen -o other.txt 2>/dev/null
                for d in cut changed swapped; do cp -r archives $d; done
                size=$(stat -c %s '\(sealed)')
                truncate -s $((size - 1000)) 'cut/\(name)'
                printf 'X' | dd of='changed/\(name)' bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
                printf '' | minisign -G -W -f -p swap.pub -s swap.key >/dev/null
                minisign -S -W -s swap.key -m 'swapped/\(name)' >/dev/null
                sed 's/^name: lab$/name: other/' cluster.yaml >other.yaml
                """)
            #expect(made.exitCode == 0, "\(made.errors)")
            let cases: [(path: String, identity: String, status: Int32, said: String)] = [
                (sealed, "other.txt", 12, "KUP-E"), ("cut/\(name)", "identity.txt", 20, "KUP-E"),
                ("changed/\(name)", "identity.txt", 20, "KUP-E"), ("swapped/\(name)", "identity.txt", 20, "KUP-E"),
            ]
            for (path, identity, status, said) in cases {
                let folder = bench.scratch.path
                let result = try bench.run([
                    "restore", path.hasPrefix("/") ? path : "\(folder)/\(path)", "--identity", "\(folder)/\(identity)",
                    "--yes", "--no-pause", "--accept", "lab",
                ])
                #expect(result.exitCode == status && result.errors.contains(said), "\(path): \(result)")
            }
            let other = try Program.run(
                Program.kupgrade,
                [
                    "restore", sealed, "--identity", bench.backups.identity, "--yes", "--no-pause", "--accept", "lab",
                    "--cluster", bench.scratch.path + "/other.yaml",
                ], limit: 60)
            #expect(other.exitCode == 20 && (other.output + other.errors).contains("KUP-R002"), "\(other)")
            // Somebody rebuilds a host right now.
            _ = try Lab.on(
                "limiting-factor", "sh", "-c",
                "printf '#!/bin/sh\\nsleep 60\\n' >/tmp/nixos-rebuild; chmod 755 /tmp/nixos-rebuild; "
                    + "systemd-run --quiet --unit=rebuild /tmp/nixos-rebuild")
            let busy = try bench.restore()
            _ = try Lab.on("limiting-factor", "systemctl", "stop", "rebuild")
            #expect(busy.exitCode == 20 && (busy.output + busy.errors).contains("KUP-R014"), "\(busy)")
            #expect(try bench.hostState() == state)
        }
    }
}
