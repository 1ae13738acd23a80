import Foundation
import Testing

extension ClusterTests.SingleMaster {
    /// Whoever has taken over the maker can fill the receiver's folder, and can do no harm to what is in it; the receiver
    /// thins it out by itself.
    @Test func aReceiverGivesNothingUpAndPrunesByItself() throws {
        try Lab.waitUntilReady()
        let node = "limiting-factor"
        let folder = "/var/backup/received"
        let keys = Lab.state + "/hosts/\(node)/root/root/.ssh/authorized_keys"
        let before = try String(contentsOfFile: keys, encoding: .utf8)
        try BackupBench.with(settings: ["replicas: [\"nas:\(folder)\"]", "retention: off"]) { bench in
            try bench.install(on: node)
            defer {
                bench.uninstall(from: node)
                _ = try? Lab.on(node, "rm", "-rf", folder, "/root/receiver.yaml", "/root/.local/state/kupgrade")
                try? before.write(toFile: keys, atomically: false, encoding: .utf8)
            }
            let prepared = try bench.shell(
                """
                ssh-keygen -q -t ed25519 -N '' -f send
                printf 'restrict,command="/usr/local/bin/kupgrade backup receive \(folder)" %s\\n' "$(cat send.pub)" >>\(keys)
                address=$(awk '/^Host \(node) /{getline; print $2}' \(Lab.state)/ssh_config)
                { printf 'Host nas\\n  HostName %s\\n  IdentityFile %s/send\\n' "$address" "$PWD"
                  cat \(Lab.state)/ssh_config; } >ssh_config
                sed -i "s|^\\( *\\)config: .*|\\1config: $PWD/ssh_config|" cluster.yaml
                """)
            #expect(prepared.exitCode == 0, "\(prepared.errors)")
            let made = try (0..<3).map { _ in try bench.make([]) }
            for (entry, exitCode, messages) in made {
                #expect(exitCode == 0 && entry["grade"].text == "proven", "\(entry) \(messages)")
            }
            let names = made.compactMap { $0.entry["name"].text }
            func there() throws -> String { try Lab.on(node, "sh", "-c", "cd \(folder); sha256sum *Z-*.age | sort") }
            let whole = try there()
            let here = try bench.shell("cd archives; sha256sum *Z-*.age | sort").output
            #expect(whole.split(separator: "\n") == here.split(separator: "\n"))

            // The key opens no shell, copies nothing away, and removes nothing; nor does a maker that lies about a file.
            let ssh = "ssh -F ssh_config -o BatchMode=yes nas"
            for attack in [
                "\(ssh) id", "\(ssh) rm -rf \(folder)", "\(ssh)", "scp -F ssh_config nas:\(folder)/\(names[0]).json .",
                "\(ssh) /bin/sh -c 'rm -rf \(folder)'", "sftp -F ssh_config -b /dev/null nas",
            ] {
                let result = try bench.shell("\(attack) </dev/null")
                #expect(result.exitCode != 0 && !result.output.contains("uid="), "\(attack): \(result)")
            }
            _ = try bench.shell("cd archives; for f in *Z-*.age; do echo ransom >$f; done")
            let resent = try bench.run("backup", "replicate")
            #expect(resent.exitCode != 0, "\(resent)")
            #expect(try there() == whole)

            // The receiver's own retention.
            let text = try String(contentsOfFile: bench.cluster, encoding: .utf8)
                .replacing("\(bench.scratch.path)/archives", with: folder)
                .replacing("retention: off", with: "retention: {last: 1}").replacing(
                    "  replicas:", with: "  # replicas:")
            try text.write(
                toFile: Lab.state + "/hosts/\(node)/root/root/receiver.yaml", atomically: true, encoding: .utf8)
            let prune = "/usr/local/bin/kupgrade backup prune --cluster /root/receiver.yaml"
            #expect(throws: Lab.Failure.self) { try Lab.on(node, "sh", "-c", prune) }
            _ = try Lab.on(node, "sh", "-c", prune + " --new-place")
            let listed = try Lab.on(
                node, "sh", "-c", "/usr/local/bin/kupgrade backup list -o json --cluster /root/receiver.yaml")
            #expect(try JSON(text: listed).array.compactMap { $0["name"].text } == [names.max()].compactMap(\.self))
        }
    }
}
