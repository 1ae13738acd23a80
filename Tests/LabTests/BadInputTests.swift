import Foundation
import Testing

/// A folder that goes away, for cluster files and what they name.
struct Scratch {
    let path = FileManager.default.temporaryDirectory.path + "/kup-\(UUID().uuidString)"

    static func with(_ body: (Scratch) throws -> Void) throws {
        let scratch = Scratch()
        try FileManager.default.createDirectory(
            atPath: scratch.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: scratch.path) }
        try body(scratch)
    }

    @discardableResult
    func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
        let file = "\(path)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }

    /// The lab's cluster file with a kubeconfig of the test's.
    func cluster(kubeconfig: String) throws -> String {
        let text = try String(contentsOfFile: Lab.cluster, encoding: .utf8)
        return try write("cluster.yaml", text + "kubeconfig: \(kubeconfig)\n")
    }

    func openssl(_ arguments: String...) throws {
        let result = try Program.run("/usr/bin/openssl", arguments)
        guard result.exitCode == 0 else { throw Lab.Failure(text: "openssl: \(result.errors)") }
    }
}

extension ClusterTests.SingleMaster {
    private static let exec = """
        apiVersion: v1
        kind: Config
        current-context: c
        contexts: [{name: c, context: {cluster: c, user: u}}]
        clusters: [{name: c, cluster: {server: "https://grey-area.tailnet:6443"}}]
        users: [{name: u, user: {exec: {command: kubelogin, apiVersion: client.authentication.k8s.io/v1}}}]
        """

    @Test func aKubeconfigThatNobodyCanUseIsOneError() throws {
        try Scratch.with { scratch in
            func facts(_ name: String) throws -> Program.Result {
                try Kupgrade.run("facts", cluster: try scratch.cluster(kubeconfig: "\(scratch.path)/\(name)"))
            }
            try scratch.write("open", Self.exec, mode: 0o666)
            try scratch.write("rubbish", "<html>")
            try scratch.write("exec", Self.exec)
            let cases: [(String, String, Int32)] = [
                ("gone", "KUP-E002", 64), ("open", "KUP-E004", 20), ("rubbish", "KUP-E012", 64),
                ("exec", "KUP-E012", 64),
            ]
            for (name, code, status) in cases {
                let result = try facts(name)
                #expect(result.exitCode == status, "\(name): \(result.errors)")
                #expect(result.output.isEmpty)
                #expect(result.errors.hasPrefix("error: ") && result.errors.contains("[\(code)]"), "\(result.errors)")
            }
        }
    }

    /// The lab's own kubeconfig with another certificate of the same admin, or another authority.
    private func kubeconfig(certificate: String, key: String, authority: String) -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: c
        contexts: [{name: c, context: {cluster: c, user: u}}]
        clusters: [{name: c, cluster: {server: "https://grey-area:6443", certificate-authority: \(authority)}}]
        users: [{name: u, user: {client-certificate: \(certificate), client-key: \(key)}}]
        """
    }

    /// Files of somebody else, and files that the caller may not read: one error each, before anything is asked.
    @Test func filesOfOthersAreRefused() throws {
        try Scratch.with { scratch in
            let cluster = try String(contentsOfFile: Lab.cluster, encoding: .utf8)
            let facts = try Kupgrade.run("facts", "--output", "json").output
            let mine = try scratch.write("mine.yaml", cluster)
            try scratch.write("kubeconfig", try String(contentsOfFile: Lab.state + "/kubeconfig", encoding: .utf8))
            let named = try scratch.write("named.yaml", cluster + "kubeconfig: \(scratch.path)/kubeconfig\n")
            let plan = try Kupgrade.run("plan", "--to", "1.21.0", "--output", "json").output
            for (name, text) in [("cluster.yaml", cluster), ("facts.json", facts), ("plan.json", plan)] {
                try scratch.write(name, text)
            }
            let foreign = try Program.run(
                "/bin/chown",
                ["1234"] + ["cluster.yaml", "facts.json", "plan.json", "kubeconfig"].map { "\(scratch.path)/\($0)" })
            #expect(foreign.exitCode == 0)
            for words in [
                ["plan", "--to", "1.21.0", "--cluster", "\(scratch.path)/cluster.yaml"],
                ["plan", "--to", "1.21.0", "--cluster", named],
                ["plan", "--to", "1.21.0", "--facts", "\(scratch.path)/facts.json", "--cluster", mine],
                ["apply", "\(scratch.path)/plan.json", "--yes", "--cluster", mine],
            ] {
                let result = try Program.run(Program.kupgrade, words)
                #expect(result.exitCode == 20 && result.output.isEmpty, "\(words): \(result)")
                #expect(
                    result.errors.contains("KUP-E004") && result.errors.contains("user id 1234"), "\(result.errors)")
            }
            // As another user, to whom the folder is open and the file is not.
            let copied = try Program.run(
                "/usr/bin/install", ["-m", "755", Program.kupgrade, scratch.path + "/kupgrade"])
            #expect(copied.exitCode == 0)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scratch.path)
            let result = try Program.run(
                "/usr/bin/setpriv",
                [
                    "--reuid=1234", "--regid=1234", "--clear-groups", "env", "HOME=/nonexistent",
                    scratch.path + "/kupgrade",
                ]
                    + ["plan", "--to", "1.21.0", "--cluster", mine])
            #expect(result.exitCode == 20 && result.errors.contains("KUP-E003"), "\(result)")
            #expect(result.errors.contains("Permission denied"), "\(result.errors)")
        }
    }

    @Test func aCertificateThatHasEndedIsNamedAndTheRestIsSeen() throws {
        try Scratch.with { scratch in
            let pki = Lab.state + "/pki"
            try scratch.openssl(
                "req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=admin/O=system:masters", "-keyout",
                "\(scratch.path)/key.pem", "-out", "\(scratch.path)/request.pem")
            try scratch.openssl(
                "x509", "-req", "-in", "\(scratch.path)/request.pem", "-CA", "\(pki)/ca.pem", "-CAkey",
                "\(pki)/ca-key.pem", "-days", "0", "-set_serial", "7", "-out", "\(scratch.path)/cert.pem")
            Thread.sleep(forTimeInterval: 2)
            let path = try scratch.write(
                "config",
                kubeconfig(
                    certificate: "\(scratch.path)/cert.pem", key: "\(scratch.path)/key.pem",
                    authority: "\(pki)/ca.pem"))
            let (facts, exitCode) = try Kupgrade.facts(cluster: try scratch.cluster(kubeconfig: path))
            #expect(exitCode == 3)
            let reason = facts["kubernetes"]["absent"]["reason"].text ?? ""
            #expect(reason.contains("certificate (admin) ended"), "\(reason)")
            #expect(facts["nodes"].array.allSatisfy { $0["host"]["value"].isPresent })
            #expect(facts["etcd"].array.allSatisfy { $0["status"]["value"].isPresent })
        }
    }

    @Test func anotherAuthorityIsNotTrusted() throws {
        try Scratch.with { scratch in
            let pki = Lab.state + "/pki"
            try scratch.openssl(
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=other", "-keyout",
                "\(scratch.path)/key.pem", "-out", "\(scratch.path)/ca.pem")
            let path = try scratch.write(
                "config",
                kubeconfig(
                    certificate: "\(pki)/cluster-admin.pem", key: "\(pki)/cluster-admin-key.pem",
                    authority: "\(scratch.path)/ca.pem"))
            let (facts, exitCode) = try Kupgrade.facts(cluster: try scratch.cluster(kubeconfig: path))
            #expect(exitCode == 3)
            let status = facts["apiServers"].first("node", "grey-area")["status"]["absent"]
            #expect(status["code"].text == "refused", "\(status["reason"].text ?? "")")
            #expect(status["reason"].text?.contains("not signed by the given authority") == true)
        }
    }

    /// What stands at the kubeconfig's address is openssl's own server; the content of a file is its whole answer.
    @Test(
        arguments: [
            (
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>",
                "with HTTP 200 is not a Kubernetes API server"
            ),
            (
                "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nContent-Length: 55\r\n\r\n"
                    + #"{"kind":"Status","message":"etcdserver: no leader"}    "#,
                "with HTTP 500: etcdserver: no leader"
            ),
            ("slow", "did not complete its answer to GET /api/v1/nodes within 10"),
            ("silent", "answer"),
        ])
    func whatAnswersLikeNoAPIServerIsNamed(answer: String, reason: String) throws {
        try Scratch.with { scratch in
            try scratch.openssl(
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=x", "-addext",
                "subjectAltName=IP:127.0.0.1", "-keyout", "\(scratch.path)/key.pem", "-out", "\(scratch.path)/ca.pem")
            let port = try RequestCatcher().port
            let nodes = "\(scratch.path)/api/v1/nodes?limit=500"
            try FileManager.default.createDirectory(
                atPath: "\(scratch.path)/api/v1", withIntermediateDirectories: true)
            let isFile = answer.hasPrefix("HTTP")
            if isFile {
                try Data(answer.utf8).write(to: URL(filePath: nodes))
            } else {
                #expect(mkfifo(nodes, 0o600) == 0)
            }
            // A word each second into the pipe that is the answer's file.
            let drip = try Program.start(
                "/bin/sh",
                [
                    "-c",
                    "[ \(isFile ? "file" : answer) = slow ] && while sleep 1; do printf 'HTTP/1.1 200 '; done >'\(nodes)'",
                ])
            // Without -HTTP it takes connections and says nothing while its standard input is open.
            let server = try Program.start(
                "/bin/sh",
                [
                    "-c",
                    "cd \(scratch.path) && mkfifo quiet && exec openssl s_server -quiet "
                        + "\(answer == "silent" ? "" : "-HTTP") -accept \(port) -cert ca.pem -key key.pem <>quiet",
                ])
            defer {
                for one in [drip, server] {
                    if one.process.isRunning { one.process.terminate() }
                    _ = one.finish()
                }
            }
            let path = try scratch.write(
                "config",
                """
                apiVersion: v1
                kind: Config
                current-context: c
                contexts: [{name: c, context: {cluster: c, user: u}}]
                clusters: [{name: c, cluster: {server: "https://127.0.0.1:\(port)", certificate-authority: ca.pem}}]
                users: [{name: u, user: {token: none}}]
                """)
            Thread.sleep(forTimeInterval: 1)
            let began = Date()
            let (facts, exitCode) = try Kupgrade.facts(cluster: try scratch.cluster(kubeconfig: path))
            #expect(exitCode == 3 && server.process.isRunning)
            let said = facts["kubernetes"]["absent"]["reason"].text ?? ""
            // A server that says nothing may not even let TLS begin.
            #expect(said.contains(reason) || answer == "silent" && said.contains("in time"), "\(said)")
            #expect(facts["nodes"].array.allSatisfy { $0["host"]["value"].isPresent })
            #expect(Date().timeIntervalSince(began) < 30)
            let plan = try Kupgrade.run("plan", "--to", "1.21.0", cluster: "\(scratch.path)/cluster.yaml")
            #expect(plan.exitCode == 3 && plan.output.contains("KUP-P061"), "\(plan.output) \(plan.errors)")
        }
    }

    @Test func aNodeThatPrintsWithoutEndIsAFact() throws {
        let shout = "head -c 100000000 /dev/zero | tr '\\\\0' x"
        _ = try Lab.on("limiting-factor", "sh", "-c", "echo \"\(shout)\" >/root/.bashrc")
        defer { _ = try? Lab.on("limiting-factor", "rm", "-f", "/root/.bashrc") }
        let began = Date()
        let (facts, exitCode) = try Kupgrade.facts()
        let absent = facts["nodes"].first("name", "limiting-factor")["host"]["absent"]
        #expect(exitCode == 3)
        #expect(
            absent["reason"].text?.contains("prints more than 1 MiB") == true,
            "\(absent["reason"].text ?? "it was waded through")")
        #expect(facts["nodes"].first("name", "grey-area")["host"]["value"].isPresent)
        #expect(Date().timeIntervalSince(began) < 60)
    }

    @Test func aFullDiskLeavesNothingHalfWritten() throws {
        try Scratch.with { scratch in
            let mount = try Program.run("/bin/mount", ["-t", "tmpfs", "-o", "size=16k", "none", scratch.path])
            #expect(mount.exitCode == 0)
            defer { _ = try? Program.run("/bin/umount", [scratch.path]) }
            try scratch.write("plan.json", "mine")
            let result = try Kupgrade.run("plan", "--to", "1.21.0", "--out", "\(scratch.path)/plan.json")
            #expect(result.exitCode == 1)
            #expect(result.errors.contains("[KUP-E006]"), "\(result.errors)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["plan.json"])
            #expect(try String(contentsOfFile: "\(scratch.path)/plan.json", encoding: .utf8) == "mine")
        }
    }

    /// Addresses that were swapped in the cluster file, and one host under two names.
    @Test func anotherHostInANodesNameIsABlocker() throws {
        try Scratch.with { scratch in
            let text = try String(contentsOfFile: Lab.cluster, encoding: .utf8)
            let (one, other) = ("congenital-optimist.", "limiting-factor.")
            let swapped = text.replacing(one, with: "@@").replacing(other, with: one).replacing("@@", with: other)
            for (name, file) in [("swapped", swapped), ("twice", text.replacing(other, with: one))] {
                let path = try scratch.write("\(name).yaml", file)
                let result = try Program.run(
                    Program.kupgrade, ["plan", "--to", "1.20.2", "-f", path, "--detailed-exitcode", "-o", "json"])
                #expect(result.exitCode == 20, "\(result.errors)")
                let wrong = try JSON(text: result.output)["findings"].array.filter { $0["code"].text == "KUP-P106" }
                #expect(wrong.count == 2 && wrong.allSatisfy { $0["severity"].text == "blocker" }, "\(wrong)")
            }
        }
    }

    @Test func withoutSSHOneErrorSaysSo() throws {
        let arguments = ["PATH=/nonexistent", Program.kupgrade, "doctor", "--cluster", Lab.cluster]
        let result = try Program.run("/usr/bin/env", arguments)
        #expect(result.exitCode == 1)
        #expect(result.errors.contains("no ssh program on its PATH  [KUP-E030]"), "\(result.errors)")
        #expect(result.output.isEmpty, "\(result.output)")
    }

    @Test func aNodeThatTheClusterDoesNotHaveIsNamed() throws {
        let result = try Kupgrade.run("plan", "--closure", "grey-aera=/nix/store/x")
        #expect(result.exitCode == 64)
        #expect(result.errors.contains("[KUP-E043]") && result.errors.contains("grey-area"), "\(result.errors)")
    }

    @Test(arguments: [
        ("facts", 0.2), ("facts", 1.2), ("doctor", 0.7), ("plan", 0.4), ("plan", 1.5), ("plan", 3.0), ("status", 0.4),
    ])
    func interruptedAtAnyTimeNothingIsLeft(verb: String, after: Double) throws {
        let arguments = [Lab.nix, Program.kupgrade, verb, "--cluster", Lab.cluster]
        let whole = try #require(
            try Program.run("/usr/bin/env", arguments).output.split(separator: "\n").last.map { "\($0)\n" })
        let running = try Program.start("/usr/bin/env", arguments)
        Thread.sleep(forTimeInterval: after)
        kill(running.process.processIdentifier, SIGINT)
        let began = Date()
        let result = running.finish()
        // It may have been done by then; what it prints, it prints whole.
        #expect(result.exitCode == 130 || result.exitCode == 0 && after > 0.5, "\(result.exitCode) \(result.errors)")
        #expect(result.exitCode == 0 || result.output.isEmpty || result.output.hasSuffix(whole), "\(result.output)")
        #expect(Date().timeIntervalSince(began) < 8)
        try nothingRuns()
    }

    private func nothingRuns() throws {
        let left = try Program.run("/usr/bin/pgrep", ["-af", "kupgrade-lab/ssh_config.*-M|^nix (eval|build)|sleep 97"])
            .output
        #expect(left.isEmpty, "\(left)")
    }

    @Test func anInterruptedInitWritesNothing() throws {
        try Scratch.with { scratch in
            let file = scratch.path + "/new.yaml"
            let running = try Program.start(
                Program.kupgrade,
                ["init", "--node", "root@grey-area.tailnet", "--ssh-config", Lab.state + "/ssh_config", "--out", file])
            Thread.sleep(forTimeInterval: 0.3)
            kill(running.process.processIdentifier, SIGINT)
            let result = running.finish()
            #expect(result.exitCode == 130, "\(result)")
            #expect(!FileManager.default.fileExists(atPath: file))
            try nothingRuns()
        }
    }

    /// In the middle of a build that would take minutes: Nix, its builder and what that started are gone.
    @Test func anInterruptedBuildLeavesNothing() throws {
        try Scratch.with { scratch in
            let channel = scratch.path + "/channel"
            _ = try Program.run("/bin/cp", ["-r", Lab.state + "/channels/kernel", channel])
            _ = try Program.run(
                "/bin/sed", ["-i", "s|echo kernel-|sleep 97; echo kernel-slow-|", channel + "/default.nix"])
            let running = try Program.start(
                "/usr/bin/env",
                [
                    Lab.nix, Program.kupgrade, "plan", "--build", "--channel", "path:\(channel)", "--cluster",
                    Lab.cluster,
                ])
            try Lab.eventually(within: 60, "the build") {
                try Program.run("/usr/bin/pgrep", ["-f", "sleep 97"]).exitCode == 0 ? () : nil
            }
            let began = Date()
            kill(running.process.processIdentifier, SIGINT)
            let result = running.finish()
            #expect(result.exitCode == 130 && result.output.isEmpty, "\(result)")
            #expect(Date().timeIntervalSince(began) < 8)
            try nothingRuns()
        }
    }
}
