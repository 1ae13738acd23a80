import Foundation
import Testing

/// A folder with keys, and the lab's cluster file with a place for archives.
struct BackupBench {
    let scratch: Scratch
    let cluster: String
    var archives: String { scratch.path + "/archives" }
    var identity: String { scratch.path + "/identity.txt" }
    let signer: String

    /// Small, where the bench made one of it: replicas get the program, too.
    private var program: String {
        let small = scratch.path + "/kupgrade"
        return FileManager.default.fileExists(atPath: small) ? small : Program.kupgrade
    }

    /// `settings`: further lines of `backup:`, where `@` stands for the bench's folder; `top`: of the whole file.
    static func with(
        settings: [String] = [], top: String = "", _ body: (BackupBench) throws -> Void
    ) throws {
        try Scratch.with { scratch in
            let recipient = try Kupgrade.run("key", "generate", "--out", scratch.path + "/identity.txt").output
            let signer = try Kupgrade.run("key", "generate", "--signer", "--out", scratch.path + "/sign.key").output
                .trimmingCharacters(in: .whitespacesAndNewlines)
            let text = try String(contentsOfFile: Lab.cluster, encoding: .utf8)
            let cluster = try scratch.write(
                "cluster.yaml",
                text + """
                    backup:
                      directory: \(scratch.path)/archives
                      recipients: [\(recipient.trimmingCharacters(in: .whitespacesAndNewlines))]
                      signers: [\(signer)]

                    """ + (settings.map { "  \($0)\n" }.joined() + top).replacing("@", with: scratch.path))
            try body(BackupBench(scratch: scratch, cluster: cluster, signer: signer))
        }
    }

    /// Runs with a state folder of its own: what is remembered of one folder of archives is no other's business.
    func run(_ arguments: String...) throws -> Program.Result {
        try Program.run(
            "/usr/bin/env",
            ["XDG_STATE_HOME=\(scratch.path)/state", program] + arguments
                + ["--cluster", cluster], limit: 180)
    }

    func start(_ arguments: [String]) throws -> Program.Running {
        try Program.start(program, arguments + ["--cluster", cluster])
    }

    func create(_ options: String...) throws -> (entry: JSON, exitCode: Int32) {
        let (entry, exitCode, _) = try make(options)
        return (entry, exitCode)
    }

    /// With what was said on the way.
    func make(_ options: [String]) throws -> (entry: JSON, exitCode: Int32, messages: String) {
        let result = try Program.run(
            "/usr/bin/env",
            ["XDG_STATE_HOME=\(scratch.path)/state", program, "backup", "create"]
                + ["--cluster", cluster, "--signing-key", scratch.path + "/sign.key", "-o", "json"] + options,
            limit: 180)
        #expect(!result.output.isEmpty, "\(result.errors)")
        return (try JSON(text: result.output), result.exitCode, result.errors)
    }

    /// The names that are listed, newest first.
    func listed() throws -> [String] {
        try JSON(text: try run("backup", "list", "-o", "json").output).array.compactMap { $0["name"].text }
    }

    func verify() throws -> Program.Result { try run("backup", "verify", "--identity", identity) }

    func files() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: archives)) ?? [])
            .filter {
                !$0.hasPrefix(".")
                    && !["RECOVERY.md", "RECOVERY.md.minisig", "signers.pub", "kupgrade.tar"].contains($0)
            }.sorted()
    }

    func shell(_ script: String) throws -> Program.Result {
        try Program.run("/bin/bash", ["-eo", "pipefail", "-c", "cd \(scratch.path); \(script)"], limit: 120)
    }
}

extension ClusterTests.SingleMaster {
    /// The way that the README shows, with stock tools, as somebody would go it who has no kupgrade.
    @Test func anArchiveIsProvenAndOpensWithStockTools() throws {
        try Lab.waitUntilReady()
        try BackupBench.with { bench in
            let (entry, exitCode) = try bench.create()
            #expect(exitCode == 0 && entry["grade"].text == "proven", "\(entry)")
            let name = try #require(entry["name"].text)
            #expect(bench.files() == [".json", ".tar.zst.age", ".tar.zst.age.minisig"].map { name + $0 })
            let verified = try bench.verify()
            #expect(verified.exitCode == 0 && verified.output.contains("grade      proven"), "\(verified)")
            #expect(try bench.run("backup", "status").output.hasPrefix("OK: \(name)"))
            #expect(try bench.run("backup", "list").output.contains(name))

            // The README's own lines.
            let readme = try String(contentsOfFile: Program.root + "/README.md", encoding: .utf8)
            let block = try #require(RecoveryBlocks(readme).first(with: "minisign -Vm NAME"))
            let lines = block.replacing("NAME", with: name).replacing("RWQ...", with: bench.signer)
            let opened = try bench.shell(
                """
                mkdir open; cd open; cp ../identity.txt ../archives/\(name)* .
                PATH=$PATH:\(NSHomeDirectory())/.cache/kupgrade-lab/etcd/3.5.16/bin
                \(lines)
                test -s restored/member/snap/db
                """)
            #expect(opened.exitCode == 0, "\(opened.errors)")
            #expect(!opened.errors.contains("tar:"), "\(opened.errors)")
            let there = try Lab.on("grey-area", "sha256sum", "/var/lib/cfssl/ca-key.pem").prefix(64)
            let here = try bench.shell("sha256sum open/nodes/grey-area/var/lib/cfssl/ca-key.pem").output.prefix(64)
            #expect(there == here)
        }
    }

    /// Restored into an etcd that is thrown away, by the night's one-time key and by the user's own.
    @Test func aDrillShowsThatItIsAllThere() throws {
        try Lab.waitUntilReady()
        try BackupBench.with { bench in
            let etcd = "\(NSHomeDirectory())/.cache/kupgrade-lab/etcd/3.4.23/bin"
            let (entry, exitCode) = try bench.create("--drill", "--etcd", etcd)
            let name = try #require(entry["name"].text)
            #expect(exitCode == 0)
            let notes = try JSON(text: String(contentsOfFile: "\(bench.archives)/.notes/\(name).json", encoding: .utf8))
            #expect(notes["drilledAt"].text != nil)
            let drill = ["backup", "drill", "--identity", bench.identity, "--etcd", etcd]
            let server = try Lab.kubernetes("1.20.2") + "/kube-apiserver"
            let result = try bench.start(drill + ["-o", "json", "--apiserver-program", server]).finish()
            let report = try JSON(text: result.output)
            #expect(result.exitCode == 0 && report["hashMatches"].value as? Bool == true, "\(result)")
            #expect(
                report["revision"].number == entry["revision"].number && report["keys"].number == entry["keys"].number)
            #expect(report["differences"].array.isEmpty && (report["kinds"].number ?? 0) > 15)
            #expect((report["objects"]["nodes"].number ?? 0) == 3)
            #expect(report["apiServerVersion"].text == "v1.20.2")

            // Killed in the middle it leaves nothing: no process, no folder.
            let running = try bench.start(drill + ["--apiserver-program", server])
            _ = try Lab.eventually(within: 20, "an etcd") { try drills().contains("etcd.log") ? true : nil }
            kill(running.process.processIdentifier, SIGKILL)
            _ = running.finish()
            _ = try Lab.eventually(within: 20, "nothing of it") { try drills() == "" ? true : nil }
        }
    }

    /// What drills have in memory, and processes that run for one.
    private func drills() throws -> String {
        try Program.run(
            "/bin/sh", ["-c", "ls /dev/shm/kupgrade-drill-* 2>/dev/null; pgrep -f '[k]upgrade-drill-[A-Za-z]'"]
        ).output
    }

    @Test func anArchiveThatWasChangedOrCutIsRefused() throws {
        try Lab.waitUntilReady()
        try BackupBench.with { bench in
            let name = try #require(try bench.create().entry["name"].text)
            let path = "\(bench.archives)/\(name).tar.zst.age"
            let whole = try Data(contentsOf: URL(filePath: path))
            for place in [100, whole.count / 2, whole.count - 1] {
                var changed = whole
                changed[place] ^= 1
                try changed.write(to: URL(filePath: path))
                #expect(try bench.verify().exitCode == 20, "\(place)")
            }
            // Of another length it is not even listed.
            try whole.prefix(whole.count - 1).write(to: URL(filePath: path))
            #expect(try bench.run("backup", "list").output == "no archives\n")
            #expect(try bench.run("backup", "status").exitCode == 1)
            try whole.write(to: URL(filePath: path))
            #expect(try bench.verify().exitCode == 0)
            let stranger = try bench.run(
                "backup", "verify", "--signer", "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3")
            #expect(stranger.exitCode == 20 && stranger.errors.contains("KUP-E098"))
        }
    }

    /// Killed at moments all over its life: nothing is listed that is not whole, and the next one sweeps.
    @Test func aBackupThatIsKilledLeavesNothingListed() throws {
        try Lab.waitUntilReady()
        let replica = "/var/backup/killed"
        defer { _ = try? Lab.on("limiting-factor", "rm", "-rf", replica) }
        try BackupBench.with(settings: ["replicas: [\"limiting-factor:\(replica)\"]", "retention: off"]) { bench in
            _ = try bench.shell("strip -o kupgrade \(Program.kupgrade)")
            var known: Set<String> = []
            for tenth in 2..<22 {
                _ = try bench.shell(
                    """
                    XDG_STATE_HOME=$PWD/state timeout -s KILL \(Double(tenth) * 0.2) \
                      ./kupgrade backup create --cluster \(bench.cluster) \
                      --signing-key sign.key || true
                    """)
                for name in try bench.listed() where known.insert(name).inserted {
                    let verified = try bench.run("backup", "verify", name, "--identity", bench.identity)
                    #expect(verified.exitCode == 0, "\(verified.errors)")
                }
            }
            #expect(try bench.create().exitCode == 0)
            #expect(!bench.files().contains { $0.hasSuffix(".part") }, "\(bench.files())")
            // What is listed there is whole, too; in the end all of them are.
            let there = try Lab.on(
                "limiting-factor", "sh", "-c",
                "cd \(replica); for n in *Z-*.json; do sha256sum ${n%.json}.tar.zst.age; done")
            let here = try bench.shell("cd archives; for n in *Z-*.json; do sha256sum ${n%.json}.tar.zst.age; done")
            #expect(Set(there.split(separator: "\n")) == Set(here.output.split(separator: "\n")))
        }
    }

    @Test func aDiskThatIsFullOrAwayIsAnErrorAndNothingIsListed() throws {
        try Lab.waitUntilReady()
        try BackupBench.with { bench in
            #expect(try bench.create().exitCode == 0)
            let before = bench.files()
            let away = try bench.shell("mv archives elsewhere; mkdir archives")
            #expect(away.exitCode == 0)
            let refused = try bench.run("backup", "create", "--signing-key", bench.scratch.path + "/sign.key")
            #expect(refused.exitCode == 20 && refused.errors.contains("KUP-E093"), "\(refused.errors)")
            #expect(bench.files().isEmpty)
            defer { _ = try? bench.shell("umount archives") }
            let small = try bench.shell(
                """
                set -e; rmdir archives; mkdir archives; room=$(($(du -sk elsewhere | cut -f 1) + 300))
                mount -t tmpfs -o size=${room}k tmpfs archives; cp -a elsewhere/. archives/
                ! head -c 4m /dev/zero >archives/filler
                """)
            #expect(small.exitCode == 0, "\(small.errors)")
            let full = try bench.run("backup", "create", "--signing-key", bench.scratch.path + "/sign.key")
            #expect(full.errors.contains("KUP-E096"), "\(full.errors)")
            #expect(bench.files() == (before + ["filler"]).sorted(), "\(bench.files())")
        }
    }

    /// Somebody else fills the disk while an archive is written.
    @Test func aDiskThatFillsUpMeanwhileCostsThatArchiveOnly() throws {
        try Lab.waitUntilReady()
        try BackupBench.with { bench in
            defer { _ = try? bench.shell("umount archives") }
            _ = try bench.shell("mkdir archives; mount -t tmpfs -o size=64m tmpfs archives")
            #expect(try bench.create().exitCode == 0)
            let before = bench.files()
            let listed = try bench.listed()
            var messages = ""
            for _ in 0..<10 where messages.isEmpty {
                let run = try Program.start(
                    "/usr/bin/env",
                    ["XDG_STATE_HOME=\(bench.scratch.path)/state", Program.kupgrade, "backup", "create"]
                        + ["--cluster", bench.cluster, "--signing-key", bench.scratch.path + "/sign.key"])
                _ = try bench.shell(
                    """
                    for n in $(seq 2000); do
                      if compgen -G 'archives/*.part' >/dev/null; then break; fi; sleep 0.005
                    done
                    head -c 80m /dev/zero >archives/filler || true
                    """)
                let result = run.finish()
                // Another refusal is another story: it is tried again.
                if result.errors.contains("No space left") { messages = result.errors }
                #expect(try bench.listed().count <= listed.count + (result.exitCode == 0 ? 1 : 0))
                _ = try bench.shell("rm archives/filler")
                if result.exitCode == 0 { _ = try bench.shell("rm -f $(ls -t archives/*Z-* | head -n 3)") }
            }
            #expect(messages.contains("KUP-E096") && messages.contains("No space left"), "\(messages)")
            #expect(bench.files() == before, "\(bench.files())")
            #expect(try bench.listed() == listed)
            #expect(try bench.create().exitCode == 0)
            for name in try bench.listed() {
                #expect(try bench.run("backup", "verify", name, "--identity", bench.identity).exitCode == 0)
            }
        }
    }

    @Test func aNodeThatIsDownIsNamedAndTheArchiveIsMade() throws {
        try Lab.waitUntilReady()
        try Lab.run("cut-link", "limiting-factor", "all")
        defer {
            _ = try? Lab.run("restore-link", "limiting-factor")
            try? Lab.waitUntilReady()
        }
        try BackupBench.with { bench in
            let (entry, exitCode) = try bench.create()
            #expect(exitCode == 3 && entry["grade"].text == "checked", "\(entry)")
            #expect(entry["reasons"].array.contains { $0.text?.contains("limiting-factor gave nothing") == true })
        }
    }
}

extension ClusterTests.ThreeMasters {
    /// The links between etcd's members are cut, and ssh goes another way.
    @Test(.enabled(if: RestoreBench.isTorture)) func aMemberThatIsCutOffIsNamedAndNothingIsTakenFromIt() throws {
        try Lab.waitUntilReady()
        try Lab.run("cut-link", "limiting-factor", "tailnet")
        defer {
            _ = try? Lab.run("restore-link", "limiting-factor")
            try? Lab.waitUntilReady()
        }
        func finding(_ code: String) throws -> JSON {
            let plan = try Kupgrade.run("plan", "--to", "1.21.0", "--output", "json")
            return try JSON(text: plan.output)["findings"].array.first {
                $0["code"].text == code && $0["node"].text != "grey-area"
            } ?? JSON(nil)
        }
        Thread.sleep(forTimeInterval: 5)
        let cut = try finding("KUP-P023")
        #expect(cut["severity"].text == "blocker" && cut["what"].text?.contains("knows no leader") == true, "\(cut)")
        try writeEntries(1_200)
        #expect(try finding("KUP-P023")["node"].text == "limiting-factor")
        try BackupBench.with { bench in
            let (entry, exitCode) = try bench.create()
            #expect(exitCode == 3 && entry["grade"].text == "checked", "\(entry)")
            let (facts, _) = try Kupgrade.facts()
            let behind = facts["etcd"].first("node", "limiting-factor")["status"]["value"]["revision"].number
            let taken = entry["revision"].number
            #expect(try #require(taken) > #require(behind) + 1_000, "\(entry)")
        }
    }

    /// Each put is one entry of the log. `key: lag, value: x` in base64.
    private func writeEntries(_ count: Int) throws {
        let script = #"""
            cd /var/lib/kubernetes/secrets
            write() {
              for i in $(seq "$1"); do
                [ "$i" = 1 ] || echo next
                printf '%s\n' 'url = https://127.0.0.1:2379/v3/kv/put' 'cacert = ca.pem' 'cert = etcd.pem' \
                  'key = etcd-key.pem' 'data = "{\"key\":\"bGFn\",\"value\":\"eA==\"}"'
              done | curl -s -K - | grep -o revision
            }
            # Many at once share etcd's flushes.
            { for part in $(seq 20); do write $(($1 / 20)) & done; wait; } | wc -l
            """#
        let done = try Lab.on("grey-area", "sh", "-c", script, "sh", "\(count)")
        #expect(Int(done.filter(\.isNumber)) == count, "\(done)")
    }

    @Test func membersThatAgreeMakeAProvenArchive() throws {
        try Lab.waitUntilReady()
        try BackupBench.with { bench in
            let (entry, exitCode) = try bench.create()
            #expect(exitCode == 0 && entry["grade"].text == "proven", "\(entry)")
            #expect(entry["reasons"].array.isEmpty, "\(entry)")
            #expect(try bench.verify().exitCode == 0)
        }
    }

    /// One byte pattern of one member's database, changed on its disk while it was down: every digest and every page of a
    /// snapshot of it is good, and only the others know better.
    @Test func aMemberWhoseDataDiffersIsNeverProven() throws {
        try Lab.waitUntilReady()
        let node = "limiting-factor"
        func edit(_ from: String, _ to: String) throws {
            _ = try Lab.on(
                node, "sh", "-c",
                "systemctl stop etcd; sed -i s/marker-\(from)/marker-\(to)/g /var/lib/etcd/member/snap/db; systemctl start etcd"
            )
            Thread.sleep(forTimeInterval: 3)
            try Lab.waitUntilReady()
        }
        _ = try Lab.kubectl("create", "configmap", "marked", "--from-literal=mark=marker-aaaaaaaa")
        defer { _ = try? Lab.kubectl("delete", "configmap", "marked") }
        Thread.sleep(forTimeInterval: 1)
        try edit("aaaaaaaa", "bbbbbbbb")
        defer { try? edit("bbbbbbbb", "aaaaaaaa") }
        try BackupBench.with { bench in
            let (entry, exitCode) = try bench.create()
            #expect(exitCode == 20 && entry["grade"].text == "suspect", "\(entry)")
            #expect(
                entry["reasons"].array.contains { $0.text?.contains("the members' data differs") == true }, "\(entry)")
            #expect(try bench.run("backup", "status").output.hasPrefix("STALE: there is no proven archive"))
        }
        let checks = try JSON(text: try Kupgrade.run("doctor", "--output", "json").output)["checks"].array
        #expect(checks.contains { $0["code"].text == "KUP-P026" && $0["state"].text == "fail" })
    }

    @Test func aMemberThatIsDownIsNamed() throws {
        try Lab.waitUntilReady()
        _ = try Lab.on("limiting-factor", "systemctl", "stop", "etcd")
        defer {
            _ = try? Lab.on("limiting-factor", "systemctl", "start", "etcd")
            try? Lab.waitUntilReady()
        }
        try BackupBench.with { bench in
            let (entry, exitCode) = try bench.create()
            #expect(exitCode == 3 && entry["grade"].text == "checked", "\(entry)")
            #expect(
                entry["reasons"].array.contains { $0.text?.contains("limiting-factor could not be compared") == true })
        }
    }
}
