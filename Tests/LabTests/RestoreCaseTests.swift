import Foundation
import Testing

/// Restores of which each shows one thing that the longer scenarios do not.
extension ClusterTests.SingleMaster {
    private static let newer = ["-n", "restored", "create", "configmap", "newer", "--from-literal=a=b"]

    private func version(from node: String, _ host: String) -> Bool {
        (try? Lab.on(node, "curl", "-sk", "-m", "3", "-o", "/dev/null", "https://\(host):6443/version")) != nil
    }

    private func shields() throws -> String {
        try Lab.on("grey-area", "sh", "-c", "iptables -S INPUT | grep kupgrade-restore || true")
    }

    /// Until somebody says yes nobody but the master itself reaches the restored apiserver: what runs in containers on the
    /// workers would act on what it finds missing. Taken back, and then gone on with.
    @Test(.enabled(if: RestoreBench.isTorture)) func nobodyIsLetInBeforeTheYes() throws {
        try RestoreBench.with { bench in
            let arguments = [
                "restore", "latest", "--identity", bench.backups.identity, "--yes", "--accept", "lab",
            ]
            for verb in [["undo", "--yes"], ["resume", "--no-pause"]] {
                #expect(version(from: "limiting-factor", "grey-area"))
                let stopped = try bench.run(arguments)
                #expect(stopped.exitCode == 1, "\(stopped)")
                #expect(stopped.errors.contains("nobody is there to say yes"), "\(stopped.errors)")
                #expect(!version(from: "limiting-factor", "grey-area"))
                #expect(version(from: "grey-area", "grey-area") && version(from: "grey-area", "127.0.0.1"))
                #expect(try !shields().isEmpty)
                let result = try bench.run(verb)
                #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
                try Lab.waitUntilReady()
                #expect(try shields().isEmpty)
                #expect(version(from: "limiting-factor", "grey-area"))
            }
        }
    }

    /// A master that boots, with all its keys, and whose etcd has no data any more.
    @Test(.enabled(if: RestoreBench.isTorture)) func aMasterThatLostOnlyEtcdComesBack() throws {
        try RestoreBench.with { bench in
            let before = try bench.contents()
            let keys = "sha256sum /var/lib/kubernetes/secrets/*.pem /var/lib/cfssl/*.pem"
            let secrets = try Lab.on("grey-area", "sh", "-c", keys)
            _ = try Lab.on(
                "grey-area", "sh", "-c",
                "systemctl stop --no-block kube-apiserver; systemctl kill -s KILL kube-apiserver; systemctl stop etcd; rm -r /var/lib/etcd/member"
            )
            // Nothing is replaced: no name has to be typed.
            let result = try bench.run(
                ["restore", "latest", "--identity", bench.backups.identity, "--yes", "--no-pause"])
            #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
            #expect(result.output.contains("grey-area: no data of etcd; the archive's certificate authority"))
            try Lab.waitUntilReady()
            #expect(try bench.changes(since: before) == [])
            #expect(try Lab.on("grey-area", "sh", "-c", keys) == secrets)
        }
    }

    /// Where /etc cannot be written, holds are in /run, and a power cut lets etcd start on what is half done. It is said, and
    /// an undo puts back what was there all the same.
    @Test(.enabled(if: RestoreBench.isTorture)) func holdsThatABootEndsAreSaidAndTakenBack() throws {
        try RestoreBench.with { bench in
            _ = try? Lab.kubectl(
                Self.newer[0], Self.newer[1], Self.newer[2], Self.newer[3], Self.newer[4], Self.newer[5])
            let before = try bench.contents()
            _ = try Lab.on(
                "grey-area", "sh", "-c",
                "rmdir /etc/systemd/system.control 2>/dev/null; mount --bind /etc/systemd /etc/systemd && mount -o remount,bind,ro /etc/systemd"
            )
            // As soon as the new data is in place.
            let killed = try bench.kill(
                bench.arguments([]),
                when: { journal in
                    journal.split(separator: "\n").contains {
                        $0.contains("\"done\"") && $0.contains("place/grey-area/data")
                    }
                })
            #expect(killed == nil)
            let run = try #require(bench.runNames("a").last)
            let shown = try bench.run(["status", run])
            #expect(shown.output.contains("only until the next boot"), "\(shown.output)")
            try Lab.run("power-cut", "grey-area")
            try Lab.run("start", "grey-area")
            _ = try Lab.eventually(within: 60, "etcd on what is half done") {
                try Lab.on("grey-area", "systemctl", "is-active", "etcd") == "active" ? true : nil
            }
            let undone = try bench.run(["undo", "--yes"])
            #expect(undone.exitCode == 0, "\(undone.output)\(undone.errors)")
            try Lab.waitUntilReady()
            #expect(try bench.changes(since: before) == [])
        }
    }

    /// A worker with a new disk, from an archive whose leafs of it are too old by now: its certmgr makes others as its kubelet
    /// starts, since the authority serves by then.
    @Test(.enabled(if: RestoreBench.isTorture)) func aRebuiltWorkerGetsNewLeafs() throws {
        try Lab.waitUntilReady()
        let node = "limiting-factor"
        try Lab.run("short-leafs", node)
        // As nixos-kubernetes-node-join leaves it there.
        let token = try Lab.on("grey-area", "sh", "-c", "cat /var/lib/kubernetes/secrets/apitoken.secret")
        let place = "/var/lib/kubernetes/secrets/apitoken.secret"
        _ = try Lab.on(node, "sh", "-c", "umask 077; printf %s '\(token)' >\(place)")
        try RestoreBench.with { bench in
            let before = try bench.contents()
            for host in ["grey-area", node] {
                try Lab.run("new-disk", host)
                try Lab.run("start", host)
            }
            _ = try Lab.eventually(within: 60, "ssh") { try Lab.on(node, "systemctl", "is-active", "sshd") }
            let result = try bench.run(
                ["restore", "latest", "--identity", bench.backups.identity, "--yes", "--no-pause"])
            #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
            try Lab.waitUntilReady()
            #expect(try bench.changes(since: before) == [])
            _ = try Lab.on(
                node, "openssl", "x509", "-noout", "-checkend", "864000", "-in",
                "/var/lib/kubernetes/secrets/kubelet.pem")
        }
    }
}
