import Foundation
import Testing

extension ClusterTests.SingleMaster {
    /// All three hosts and what was on them are gone, Forgejo with them. A stranger has one replica's folder, the paper with
    /// the identity and the signer, and hosts that were installed again; RECOVERY.md says the rest. At a terminal, by yes.
    @Test(.enabled(if: RestoreBench.isTorture)) func aStrangerBringsTheClusterBack() throws {
        let nodes = ["grey-area", "congenital-optimist", "limiting-factor"]
        try RestoreBench.with(settings: ["replicas: [\"rclone::local:@/remote\"]"]) { bench in
            let before = try bench.contents()
            let paper = (
                identity: try String(contentsOfFile: bench.backups.identity, encoding: .utf8),
                signer: bench.backups.signer
            )
            try Scratch.with { stranger in
                _ = try bench.backups.shell(
                    "mv remote \(stranger.path)/replica; rm -rf archives *.key identity.txt state")
                for node in nodes { try Lab.run("new-disk", node) }
                for node in nodes { try Lab.run("start", node) }
                for node in nodes {
                    _ = try Lab.eventually(within: 60, "ssh") { try Lab.on(node, "systemctl", "is-active", "sshd") }
                }
                let folder = stranger.path + "/replica"
                try follow(try String(contentsOfFile: folder + "/RECOVERY.md", encoding: .utf8), in: folder, paper)
            }
            try Lab.waitUntilReady()
            #expect(try bench.changes(since: before) == [])
            // Pods run again on all three, the workers' kubelets trust the authority that came back.
            try Lab.run("workloads")
            for node in nodes {
                let pods = try Lab.kubectl(
                    "get", "pods", "-A", "-o", "name", "--field-selector", "spec.nodeName=\(node),status.phase=Running")
                #expect(!pods.isEmpty, "\(node)")
            }
        }
    }

    private func follow(_ book: String, in folder: String, _ paper: (identity: String, signer: String)) throws {
        let blocks = RecoveryBlocks(book)
        func shell(_ script: String) throws {
            let result = try Program.run("/bin/bash", ["-ec", "cd \(folder)\n\(script)"])
            #expect(result.exitCode == 0, "\(script): \(result.output)\(result.errors)")
        }
        try Data(paper.identity.utf8).write(to: URL(filePath: folder + "/identity.txt"))
        try shell("chmod 600 identity.txt; minisign -Vm RECOVERY.md -P \(paper.signer)")
        let program = try #require(blocks.first(with: "sha256sum --check && tar"))
        // The stranger's own ssh finds the hosts by his configuration; root's in the lab is another.
        let file = try #require(blocks.first(with: "version: 1")) + "ssh: {config: \(Lab.state)/ssh_config}\n"
        try Data(file.utf8).write(to: URL(filePath: folder + "/kupgrade.yaml"))
        let verify = try #require(blocks.first(with: "kupgrade backup verify"))
        try shell(program + verify)
        let restore = try #require(blocks.first(with: "--cluster kupgrade.yaml"))
        let script = "cd \(folder)\nexport XDG_STATE_HOME=$PWD/state\n\(program)\(restore)"
        let terminal = try TerminalProgram("/bin/bash", ["-ec", script])
        try terminal.wait(for: "Do it? [y/N] ")
        terminal.type("y\n")
        try terminal.wait(for: "Start them, and let everybody in? [y/N] ", within: 200)
        // The question stands, whatever goes on behind it.
        sleep(3)
        #expect(terminal.shown.hasSuffix("[y/N] "), "\(terminal.shown.suffix(300))")
        terminal.type("yes\n")
        #expect(try terminal.finish() == 0, "\(terminal.shown.suffix(4_000))")
        #expect(terminal.shown.contains("done: restore-"))
    }
}
