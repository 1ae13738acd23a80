import Foundation
import Synchronization
import Testing

/// What happens at night, when nobody looks.
extension ClusterTests.SingleMaster {
    @Test func hooksHearAndVolumesAreNamedAsCovered() throws {
        try Lab.waitUntilReady()
        try Lab.run("workloads")
        try BackupBench.with(settings: ["volumes: {shop/other: nothing}"], top: "hooks: @/hooks\n") { bench in
            let hooks = Program.root + "/hooks"
            let catcher = try RequestCatcher()
            let prepared = try bench.shell(
                """
                mkdir -p hooks/before-backup.d hooks/on-backup-success.d hooks/on-backup-failure.d volume state/kupgrade
                echo data >volume/file; head -c 16 /dev/urandom | base64 >password
                printf 'RESTIC_REPOSITORY=%s/repository\\nRESTIC_PASSWORD_FILE=%s/password\\n' $PWD $PWD >restic.env
                set -a; . ./restic.env; set +a; restic --quiet init
                echo "shop/data-db-0 $PWD/volume" >restic-volumes
                echo http://127.0.0.1:\(catcher.port)/topic >ntfy.url
                cat >hooks/before-backup.d/restic <<'end'
                #!/bin/sh
                cd \(bench.scratch.path)
                export KUPGRADE_RESTIC_ENV=$PWD/restic.env KUPGRADE_RESTIC_VOLUMES=$PWD/restic-volumes
                export KUPGRADE_VOLUMES_RECORD=$PWD/state/kupgrade/volumes.tsv
                exec \(hooks)/restic
                end
                cat >hooks/on-backup-success.d/ntfy <<'end'
                #!/bin/sh
                KUPGRADE_NTFY_URL_FILE=\(bench.scratch.path)/ntfy.url exec \(hooks)/ntfy
                end
                printf '#!/bin/sh\\ncat >\(bench.scratch.path)/failure.json\\n' >hooks/on-backup-failure.d/keep
                echo http://127.0.0.1:\(catcher.port)/ping/1 >healthchecks.url; echo me@example.org >mail.to
                printf '#!/bin/sh\\nshift; cat >\(bench.scratch.path)/mail\\n' >sendmail
                cat >hooks/on-backup-failure.d/healthchecks <<'end'
                #!/bin/sh
                KUPGRADE_HEALTHCHECKS_URL_FILE=\(bench.scratch.path)/healthchecks.url exec \(hooks)/healthchecks
                end
                cat >hooks/on-backup-failure.d/sendmail <<'end'
                #!/bin/sh
                cd \(bench.scratch.path); KUPGRADE_MAIL_TO_FILE=mail.to SENDMAIL=./sendmail exec \(hooks)/sendmail
                end
                chmod +x hooks/*/* sendmail
                """)
            #expect(prepared.exitCode == 0, "\(prepared.errors)")
            let heardSoon = Heard()
            Thread.detachNewThread { heardSoon.text = catcher.request(within: 60) }
            let (entry, exitCode, messages) = try bench.make([])
            #expect(exitCode == 0 && !messages.contains("hook "), "\(messages)")
            let heard = try Lab.eventually(within: 5, "a request") { heardSoon.text }
            #expect(heard.hasPrefix("POST /topic HTTP/1.1"), "\(heard)")
            #expect(heard.contains("Title: lab: on-backup-success on "), "\(heard)")
            #expect(heard.contains("\(entry["name"].text ?? "none") is proven"), "\(heard)")
            let archive = try bench.shell(
                "age -d -i identity.txt archives/*.age | zstd -d | tar x --to-stdout manifest.json")
            let volume = try JSON(text: archive.output)["volumes"].first("claim", "shop/data-db-0")
            #expect(volume["coveredBy"].text?.hasPrefix("restic snapshot ") == true, "\(archive.output)")
            #expect((volume["bytes"].number ?? 0) > 0)

            _ = try bench.shell("mv sign.key away.key")
            let pinged = Heard()
            Thread.detachNewThread { pinged.text = catcher.request(within: 60) }
            let failed = try bench.run("backup", "create", "--signing-key", bench.scratch.path + "/sign.key")
            #expect(failed.exitCode == 64)
            let event = try JSON(
                text: try String(contentsOfFile: bench.scratch.path + "/failure.json", encoding: .utf8))
            #expect(event["point"].text == "on-backup-failure" && event["error"].text == "KUP-E092")
            let ping = try Lab.eventually(within: 5, "a ping") { pinged.text }
            let summary = event["summary"].text ?? "none"
            #expect(ping.hasPrefix("POST /ping/1/fail HTTP/1.1") && ping.hasSuffix(summary), "\(ping)")
            let mail = try String(contentsOfFile: bench.scratch.path + "/mail", encoding: .utf8)
            #expect(mail.hasPrefix("To: me@example.org\nSubject: kupgrade: lab on-backup-failure on "), "\(mail)")
            #expect(mail.contains("\n\n\(summary)\n\n"), "\(mail)")
        }
    }

    /// A master that booted into an empty cluster of its own making, before anybody restored it: the night after.
    @Test func anotherClustersNightPushesNothingOut() throws {
        try Lab.waitUntilReady()
        // What the lab had is gone then.
        defer { _ = try? Lab.run("down") }
        try BackupBench.with(settings: ["retention: {last: 1}"], top: "hooks: @/hooks\n") { bench in
            let said = bench.scratch.path + "/said"
            _ = try bench.shell(
                """
                mkdir hooks
                for point in success failure; do
                  printf '#!/bin/sh\\necho %s >>\(said)\\n' $point >hooks/on-backup-$point; chmod 700 hooks/on-backup-$point
                done
                """)
            let (real, exitCode) = try bench.create()
            #expect(exitCode == 0 && real["kubeSystemUID"].isPresent, "\(real)")
            let book = try String(contentsOfFile: bench.archives + "/RECOVERY.md", encoding: .utf8)
            _ = try Lab.on(
                "grey-area", "sh", "-c",
                """
                systemctl stop --no-block kube-apiserver; systemctl kill -s KILL kube-apiserver; systemctl stop etcd
                mv /var/lib/etcd/member /var/lib/etcd-member.away; systemctl start etcd; systemctl start kube-apiserver
                """, limit: 120)
            _ = try Lab.eventually(within: 60, "the new cluster's kube-system") {
                try Lab.kubectl("get", "namespace", "kube-system")
            }
            for _ in 1...2 {
                let (empty, code) = try bench.create()
                #expect(code == 20 && empty["grade"].text == "suspect", "\(empty)")
                let reason = empty["reasons"].array.compactMap(\.text).first ?? ""
                #expect(
                    reason.hasPrefix("this is another cluster than that of \(real["name"].text ?? "")"), "\(reason)")
            }
            #expect(try String(contentsOfFile: bench.archives + "/RECOVERY.md", encoding: .utf8) == book)
            #expect(try String(contentsOfFile: said, encoding: .utf8) == "success\nfailure\nfailure\n")
            let listed = try JSON(text: try bench.run("backup", "list", "-o", "json").output).array
            #expect(listed.filter { $0["grade"].text == "proven" }.map { $0["name"].text } == [real["name"].text])
            #expect(try bench.verify().exitCode == 20)
            let (accepted, code) = try bench.create("--new-cluster")
            #expect(code == 0 && accepted["grade"].text == "proven", "\(accepted)")
            #expect(try bench.create().exitCode == 0)
        }
    }

    /// An etcd that is down, and then one that does not start any more: what can be had is had, and called what it is.
    @Test func withEtcdDownThePKIIsSavedAndItsDatabaseCanBeReadFromTheDisk() throws {
        try Lab.waitUntilReady()
        try BackupBench.with { bench in
            defer {
                _ = try? Lab.on("grey-area", "systemctl", "start", "etcd", "kube-apiserver")
                try? Lab.waitUntilReady()
            }
            _ = try Lab.on("grey-area", "systemctl", "stop", "etcd")
            let (entry, exitCode) = try bench.create()
            #expect(exitCode == 3 && entry["grade"].text == "checked", "\(entry)")
            #expect(entry["reasons"].array.contains { $0.text == "it holds no snapshot of etcd" })
            #expect(try bench.verify().exitCode == 0)
            #expect(try bench.run("backup", "status").exitCode == 1)
            let (disk, code) = try bench.create("--from-data-dir", "grey-area")
            #expect(code == 3 && disk["grade"].text == "checked", "\(disk)")
            #expect((disk["revision"].number ?? 0) > 100)
            #expect(try bench.verify().exitCode == 0)
            let etcdutl = NSHomeDirectory() + "/.cache/kupgrade-lab/etcd/3.5.16/bin/etcdutl"
            let judged = try bench.shell(
                """
                age -d -i identity.txt archives/\(disk["name"].text ?? "none").tar.zst.age | zstd -d | tar x etcd
                \(etcdutl) snapshot status etcd/snapshot.db -w json
                """)
            #expect(try JSON(text: judged.output)["revision"].number == disk["revision"].number, "\(judged)")
            let none = try bench.run(
                "backup", "create", "--signing-key", bench.scratch.path + "/sign.key", "--from-data-dir",
                "congenital-optimist")
            #expect(none.exitCode == 1 && none.errors.contains("is not there, or etcd has it open"), "\(none.errors)")
        }
    }

    /// Somebody who has the archive, the recovery book and an identity, and no kupgrade: every line of the book is run as
    /// it stands there, on a host whose etcd and PKI are gone.
    @Test func theRecoveryBookBringsALostMasterBack() throws {
        try Lab.waitUntilReady()
        _ = try Lab.kubectl("create", "configmap", "kept", "--from-literal=word=kept")
        defer { _ = try? Lab.kubectl("delete", "configmap", "kept") }
        try BackupBench.with { bench in
            #expect(try bench.create().exitCode == 0)
            _ = try Lab.kubectl("create", "configmap", "newer", "--from-literal=word=newer")
            let book = try String(contentsOfFile: bench.archives + "/RECOVERY.md", encoding: .utf8)
            let root = Lab.state + "/hosts/grey-area/root"
            _ = try bench.shell("mkdir -p \(root)/root/rescue; cp archives/*.age* identity.txt \(root)/root/rescue/")
            defer { _ = try? bench.shell("rm -rf \(root)/root/rescue") }
            // Programs that NixOS has or `nix-shell -p` brings.
            let tools = try bench.shell(
                """
                mkdir -p tools; cp $(command -v age minisign zstd) tools/; minisign -Vm archives/RECOVERY.md -P \(bench.signer)
                cp ~/.cache/kupgrade-lab/kubernetes/1.20.2/bin/kubectl tools/
                cp /lib/x86_64-linux-gnu/libsodium.so.23 /lib/x86_64-linux-gnu/libzstd.so.1 \
                  /lib/x86_64-linux-gnu/liblz4.so.1 /lib/x86_64-linux-gnu/liblzma.so.5 /lib/x86_64-linux-gnu/libz.so.1 tools/
                cp -r tools \(root)/root/rescue/; cp \(Lab.state)/kubeconfig \(root)/root/rescue/
                """)
            #expect(tools.exitCode == 0, "\(tools.errors)")
            _ = try Lab.on(
                "grey-area", "sh", "-c", "rm -rf /var/lib/etcd/member /var/lib/cfssl/* /var/lib/kubernetes/secrets/*")
            func run(_ script: String) throws {
                _ = try Lab.on(
                    "grey-area", "bash", "-ec",
                    """
                    cd /root/rescue; PATH=$PWD/tools:$(echo /nix/store/*-etcd-3.4.23/bin):$PATH
                    export LD_LIBRARY_PATH=$PWD/tools KUBECONFIG=$PWD/kubeconfig
                    \(script)
                    """, limit: 180)
            }
            let blocks = RecoveryBlocks(book)
            try run(try #require(blocks.first(with: "minisign")))
            try run(try #require(blocks.first(with: "age -d")))
            try run(try #require(blocks.first(with: "snapshot restore")))
            let start = try #require(blocks.first(with: "kubectl get nodes")).split(separator: "\n").map(String.init)
            try run(start[0...1].joined(separator: "\n"))
            _ = try Lab.eventually(within: 90, "an apiserver") { try Lab.kubectl("get", "nodes") }
            try run(start[2...].joined(separator: "\n").replacing("tailscaled", with: "no-tailscaled-here"))
            #expect(try Lab.kubectl("get", "configmap", "kept", "-o", "jsonpath={.data.word}") == "kept")
            #expect((try? Lab.kubectl("get", "configmap", "newer")) == nil)
            try Lab.waitUntilReady()
            let restarts = try #require(book.split(separator: "`").first { $0.hasPrefix("systemctl restart") })
            for node in ["congenital-optimist", "limiting-factor"] {
                _ = try Lab.on(node, "sh", "-c", String(restarts))
            }
            try Lab.waitUntilReady()
            #expect(try bench.create().exitCode == 0)
        }
    }
}

/// What another thread heard.
final class Heard: Sendable {
    private let value = Mutex<String?>(nil)

    var text: String? {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}

/// The commands of a recovery book.
struct RecoveryBlocks {
    let blocks: [String]

    init(_ book: String) {
        blocks = book.components(separatedBy: "```\n").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    }

    func first(with text: String) -> String? { blocks.first { $0.contains(text) } }
}

extension ClusterTests.ThreeMasters {
    /// Three hosts with one timer each: one makes the archive, the others leave it to it, and take over when it is gone.
    @Test func oneOfSeveralMastersMakesTheArchive() throws {
        try Lab.waitUntilReady()
        _ = try? Lab.kubectl("-n", "kube-system", "delete", "lease", "kupgrade-backup")
        defer { _ = try? Lab.kubectl("-n", "kube-system", "delete", "lease", "kupgrade-backup") }
        try BackupBench.with { bench in
            func make(on host: String) -> String {
                """
                XDG_STATE_HOME=$PWD/state unshare --uts sh -c 'hostname \(host); exec "$@"' sh \
                \(Program.kupgrade) backup create --one-maker --cluster \(bench.cluster) \
                --signing-key sign.key --no-replicas
                """
            }
            let both = try bench.shell("(\(make(on: "one"))) & first=$!; \(make(on: "two")); wait $first")
            #expect(both.exitCode == 0, "\(both.output) \(both.errors)")
            #expect(try bench.listed().count == 1)
            let holder = try Lab.kubectl(
                "-n", "kube-system", "get", "lease", "kupgrade-backup", "-o", "jsonpath={.spec.holderIdentity}")
            #expect(both.errors.contains("\(holder) makes the archives of lab"), "\(both.errors)")
            let other = holder == "one" ? "two" : "one"
            #expect(try bench.shell(make(on: holder)).exitCode == 0)
            #expect(try bench.listed().count == 2)
            _ = try Lab.kubectl(
                "-n", "kube-system", "patch", "lease", "kupgrade-backup", "--type=merge", "-p",
                #"{"spec":{"renewTime":"2026-01-01T00:00:00.000000Z"}}"#)
            #expect(try bench.shell(make(on: other)).exitCode == 0)
            #expect(try bench.listed().count == 3)
        }
    }
}

extension ClusterTests.SingleMaster {
    /// kupgrade on a host of the cluster, by the units that it prints: after a night without power, and with no more rights
    /// than it needs.
    @Test(.enabled(if: RestoreBench.isTorture)) func theUnitsMakeUpForAMissedNightAndMayDoLittle() throws {
        try Lab.waitUntilReady()
        let node = "grey-area"
        let root = Lab.state + "/hosts/\(node)/root"
        try BackupBench.with { bench in
            try bench.install(on: node)
            let installed = try bench.shell(
                """
                mkdir -p \(root)/etc/kupgrade \(root)/var/backup/kupgrade; chmod 700 \(root)/var/backup/kupgrade
                install -D -m 600 sign.key \(root)/var/lib/kupgrade/signing.key
                printf '%s\\n' 'version: 1' 'name: lab' 'nodes: {grey-area: {addresses: [local]}}' 'backup:' \
                  '  directory: /var/backup/kupgrade' "  recipients: [$(age-keygen -y identity.txt)]" \
                  '  signers: [\(bench.signer)]' >\(root)/etc/kupgrade/cluster.yaml
                """)
            #expect(installed.exitCode == 0, "\(installed.errors)")
            func there(_ script: String, limit: TimeInterval = 60) throws -> String {
                try Lab.on(node, "sh", "-ec", "PATH=/usr/local/bin:$PATH; \(script)", limit: limit)
            }
            defer {
                _ = try? there(
                    """
                    systemctl disable --now kupgrade-backup.timer kupgrade-backup-check.timer
                    rm -rf /etc/systemd/system/kupgrade-* /etc/kupgrade /var/backup/kupgrade /var/lib/kupgrade \\
                      /var/lib/systemd/timers/*kupgrade*
                    systemctl daemon-reload
                    """)
                bench.uninstall(from: node)
            }
            _ = try there("kupgrade backup timer --out /etc/systemd/system; systemctl daemon-reload")
            let analyzed = try there("systemd-analyze verify /etc/systemd/system/kupgrade-*.timer 2>&1")
            #expect(!analyzed.contains("kupgrade-"), "\(analyzed)")

            // A whole archive, with these rights: PKI files of mode 0600 of other users, etcd on the loopback.
            _ = try there("systemctl start kupgrade-backup.service", limit: 120)
            let listed = try JSON(text: try there("kupgrade backup list -o json"))[0]
            #expect(listed["grade"].text == "proven", "\(listed)")
            // On etcd's own disk and nowhere else it is none.
            #expect(throws: Lab.Failure.self) { try there("systemctl start kupgrade-backup-check.service") }
            let said = try there("journalctl --unit kupgrade-backup-check.service --lines 20 --output cat")
            #expect(said.contains("NO BACKUP: every copy is on the disk of the etcd"), "\(said)")

            // What it may not: a program in its place finds nearly everything closed.
            _ = try there(
                """
                mkdir -p /run/systemd/system/kupgrade-backup.service.d
                cat >/run/systemd/system/kupgrade-backup.service.d/try.conf <<'end'
                [Service]
                ExecStart=
                ExecStart=/bin/sh -c 'for f in /etc/x /var/lib/etcd/x /var/lib/kubernetes/secrets/x /root/x /usr/x; do \\
                  touch $f && echo wrote $f; done; chown 1 /var/backup/kupgrade && echo owned; \\
                  date -s 2020-01-01 && echo clock; sysctl -w kernel.hostname=x && echo hostname; \\
                  mount -t tmpfs none /mnt && echo mounted; unshare --net true && echo space; \\
                  cat /var/lib/cfssl/ca-key.pem >/dev/null && echo reads; true'
                end
                systemctl daemon-reload; systemctl start kupgrade-backup.service
                """)
            let could = try there("journalctl --unit kupgrade-backup.service --lines 40 --output cat")
            let words = ["wrote", "owned", "clock", "hostname", "mounted", "space", "reads"]
            #expect(
                words.filter { word in could.split(separator: "\n").contains { $0.hasPrefix(word) } } == ["reads"],
                "\(could)")
            _ = try there("rm -r /run/systemd/system/kupgrade-backup.service.d; systemctl daemon-reload")

            // The night without power.
            _ = try there(
                """
                systemctl enable --now kupgrade-backup.timer
                touch --date=-2days /var/lib/systemd/timers/stamp-kupgrade-backup.timer
                sed -i s/RandomizedDelaySec=.*/RandomizedDelaySec=2s/ /etc/systemd/system/kupgrade-backup.timer; sync
                """)
            try Lab.run("power-cut", node)
            try Lab.run("start", node)
            _ = try Lab.eventually(within: 120, "an archive after the power came back") {
                try JSON(text: try there("kupgrade backup list -o json")).array.count == 2 ? () : nil
            }
            try Lab.waitUntilReady()
        }
    }
}

extension BackupBench {
    /// Puts the program under test, with the libraries of a debug build, on a host of the lab.
    func install(on node: String) throws {
        let root = Lab.state + "/hosts/\(node)/root"
        let installed = try shell(
            """
            install -D -m 755 \(Program.kupgrade) \(root)/usr/local/bin/kupgrade
            strip \(root)/usr/local/bin/kupgrade
            ldd \(Program.kupgrade) |
              awk '$2 == "=>" && /swift|Foundation|dispatch|sodium|BlocksR/ {print $3}' | xargs -I % cp % \(root)/usr/local/lib/
            """)
        #expect(installed.exitCode == 0, "\(installed.errors)")
        _ = try Lab.on(node, "ldconfig")
    }

    func uninstall(from node: String) {
        _ = try? Lab.on(node, "sh", "-c", "rm -f /usr/local/bin/kupgrade /usr/local/lib/*.so*; ldconfig")
    }
}

extension ClusterTests.SingleMaster {
    /// A maker whose key can run one command on a worker and nothing else.
    @Test func aWorkerGivesItsPartToAKeyThatCanDoNothingElse() throws {
        try Lab.waitUntilReady()
        let node = "limiting-factor"
        try BackupBench.with { bench in
            try bench.install(on: node)
            let keys = Lab.state + "/hosts/\(node)/root/root/.ssh/authorized_keys"
            let before = try String(contentsOfFile: keys, encoding: .utf8)
            defer {
                bench.uninstall(from: node)
                try? before.write(toFile: keys, atomically: false, encoding: .utf8)
            }
            let made = try bench.shell(
                """
                ssh-keygen -q -t ed25519 -N '' -f collect
                printf 'restrict,command="/usr/local/bin/kupgrade backup collect" %s\\n' "$(cat collect.pub)" >>\(keys)
                sed -i '/^  limiting-factor:/a \\    collect: \(bench.scratch.path)/collect' cluster.yaml
                """)
            #expect(made.exitCode == 0, "\(made.errors)")
            let (entry, exitCode) = try bench.create()
            #expect(exitCode == 0 && entry["grade"].text == "proven", "\(entry)")
            #expect(entry["nodes"].array.compactMap(\.text).contains(node))
            let files = try bench.shell("age -d -i identity.txt archives/*.age | zstd -d | tar t")
            #expect(files.output.contains("nodes/\(node)/etc/machine-id\n"), "\(files.output)")
            #expect(try bench.verify().exitCode == 0)
            let other = try bench.shell(
                "ssh -F \(Lab.state)/ssh_config -i collect -o IdentitiesOnly=yes \(node) id | head -c 20")
            #expect(other.output.hasPrefix("{\"") && !other.output.contains("uid="), "\(other)")
        }
    }
}
