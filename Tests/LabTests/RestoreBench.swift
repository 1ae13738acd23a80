import Foundation
import Testing

/// A cluster with things in it, an archive of it, and runs that are killed at a line of their journal.
struct RestoreBench {
    let backups: BackupBench
    var scratch: Scratch { backups.scratch }
    static let isTorture = ProcessInfo.processInfo.environment["KUPGRADE_TORTURE"] == "1"

    static func with(settings: [String] = [], _ body: (RestoreBench) throws -> Void) throws {
        try Lab.waitUntilReady()
        try plant()
        try BackupBench.with(settings: settings) { backups in
            // Replicas get the program, too.
            if !settings.isEmpty { _ = try backups.shell("strip -o kupgrade \(Program.kupgrade)") }
            #expect(try backups.create().exitCode == 0)
            try body(RestoreBench(backups: backups))
        }
    }

    /// Objects that a restore must bring back as they were.
    static func plant() throws {
        for command in [
            ["create", "namespace", "restored"],
            ["-n", "restored", "create", "secret", "generic", "kept", "--from-literal=word=secret"],
            ["-n", "restored", "create", "configmap", "kept", "--from-literal=word=kept"],
        ] {
            do { _ = try kubectl(command) } catch let error as Lab.Failure where error.text.contains("AlreadyExists") {}
        }
        let definition = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: things.lab.example}
            spec:
              group: lab.example
              names: {kind: Thing, plural: things, singular: thing}
              scope: Namespaced
              versions:
              - name: v1
                served: true
                storage: true
                schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
            """
        let thing = """
            apiVersion: lab.example/v1
            kind: Thing
            metadata: {name: kept, namespace: restored}
            spec: {word: kept}
            """
        try Scratch.with { scratch in
            let paths = [try scratch.write("crd.yaml", definition), try scratch.write("thing.yaml", thing)]
            _ = try Lab.kubectl("apply", "-f", paths[0])
            _ = try Lab.eventually(within: 20, "the new kind") { try Lab.kubectl("apply", "-f", paths[1]) }
            // What controllers add to a new namespace must be in the archive, too.
            _ = try Lab.eventually(within: 60, "what every namespace has") {
                let token = try Lab.kubectl("-n", "restored", "get", "secrets").contains("service-account-token")
                let authority = try Lab.kubectl("-n", "restored", "get", "configmaps").contains("kube-root-ca.crt")
                return token && authority ? true : nil
            }
        }
    }

    private static func kubectl(_ arguments: [String]) throws -> String {
        let result = try Program.run(
            try Lab.kubernetes("1.20.2") + "/kubectl", ["--kubeconfig", Lab.state + "/kubeconfig"] + arguments,
            limit: 30)
        guard result.exitCode == 0 else { throw Lab.Failure(text: result.errors) }
        return result.output
    }

    /// Everything that people made, by kind and name, with its uid and what is in it.
    func contents() throws -> [String: String] {
        let kinds =
            "secrets,configmaps,customresourcedefinitions,things.lab.example,deployments,services,serviceaccounts"
        let items = try JSON(text: try Lab.kubectl("get", kinds, "-A", "-o", "json"))["items"].array
        var contents: [String: String] = [:]
        for item in items {
            let metadata = item["metadata"]
            let name = "\(item["kind"].text ?? "")/\(metadata["namespace"].text ?? "")/\(metadata["name"].text ?? "")"
            let kept: [String: Any] = [
                "uid": metadata["uid"].text ?? "", "data": item["data"].value ?? 0, "spec": item["spec"].value ?? 0,
            ]
            let data = try JSONSerialization.data(withJSONObject: kept, options: [.sortedKeys])
            contents[name] = String(decoding: data, as: UTF8.self)
        }
        return contents
    }

    /// Names of what is not as it was.
    func changes(since before: [String: String]) throws -> [String] {
        let now = try contents()
        return Set(before.keys).union(now.keys).filter { before[$0] != now[$0] }.sorted()
    }

    /// Where a machine of this name keeps its runs.
    func state(_ machine: String) -> String { "\(scratch.path)/state-\(machine)" }

    func run(_ arguments: [String], machine: String = "a", limit: TimeInterval = 400) throws -> Program.Result {
        try start(arguments, machine: machine).finish()
    }

    func start(_ arguments: [String], machine: String = "a") throws -> Program.Running {
        try Program.start(
            "/usr/bin/timeout",
            [
                "-s", "KILL", "900", "/usr/bin/env", "XDG_STATE_HOME=\(state(machine))", "USER=\(machine)", Lab.nix,
                Program.kupgrade,
            ] + arguments + ["--cluster", backups.cluster])
    }

    func restore(_ options: String..., machine: String = "a") throws -> Program.Result {
        try run(arguments(options), machine: machine)
    }

    func arguments(_ options: [String]) -> [String] {
        ["restore", "latest", "--identity", backups.identity, "--yes", "--no-pause", "--accept", "lab"] + options
    }

    /// Lines of the newest journal of a machine.
    func lines(_ machine: String = "a") -> Int { journal(machine).count { $0 == "\n" } }

    /// The newest journal of a machine, empty where there is none.
    func journal(_ machine: String, besides old: [String] = []) -> String {
        let runs = "\(state(machine))/kupgrade/runs"
        guard let last = runNames(machine).last(where: { !old.contains($0) }),
            let data = FileManager.default.contents(atPath: "\(runs)/\(last)/journal.jsonl")
        else { return "" }
        return String(decoding: data, as: UTF8.self)
    }

    func runNames(_ machine: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(state(machine))/kupgrade/runs")) ?? []).sorted()
    }

    /// What another machine says to go on with a run of `machine`, in a script: that it may, and to which plan it agrees.
    func takingOver(from machine: String) throws -> [String] {
        func time(_ run: String) -> Substring { run.split(separator: "-").last ?? "" }
        let newest = try #require(runNames(machine).max { time($0) < time($1) })
        let plan = "\(state(machine))/kupgrade/runs/\(newest)/plan.json"
        let digest = try Program.run("/usr/bin/sha256sum", [plan]).output.prefix(64)
        return ["--take-over", "--accept", String(digest)]
    }

    /// The machine that drove the run has been silent for an hour, for whoever asks a node or the cluster.
    func fallSilent() throws {
        for node in ["grey-area", "congenital-optimist", "limiting-factor"] {
            _ = try Lab.on(
                node, "sh", "-c",
                "cd /var/lib/kupgrade 2>/dev/null && touch -c -d '1 hour ago' run.lock runs/*/beat runs/*/journal.jsonl || true"
            )
        }
        // The apiserver may be held, and the mark not there yet.
        _ = try? Lab.kubectl(
            "--request-timeout=5s", "-n", "kube-system", "patch", "lease", "kupgrade-run", "--type=merge", "-p",
            "{\"spec\":{\"renewTime\":\"2026-01-01T00:00:00.000000Z\"}}")
    }

    /// Kills it as soon as its journal has so many lines. Returns whether it was killed; its result where it ended before.
    func kill(_ arguments: [String], atLine line: Int, machine: String = "a") throws -> Program.Result? {
        try kill(arguments, machine: machine) { $0.count { $0 == "\n" } >= line }
    }

    /// Kills it as soon as its journal is so.
    func kill(
        _ arguments: [String], machine: String = "a", when isSo: (String) -> Bool
    ) throws -> Program.Result? {
        // A new run has a journal of its own.
        let old = ["restore", "rollback", "apply"].contains(arguments.first) ? runNames(machine) : []
        let running = try start(arguments, machine: machine)
        while running.process.isRunning {
            if isSo(journal(machine, besides: old)) {
                // timeout passes it on to nobody: its child is the program itself.
                _ = try Program.run("/usr/bin/pkill", ["-KILL", "-P", "\(running.process.processIdentifier)"])
                _ = running.finish()
                return nil
            }
            usleep(2_000)
        }
        return running.finish()
    }

    /// What the hosts' disks have that a restore touches, but for restored data that served before it was taken back, and which units run.
    func hostState() throws -> String {
        let script = #"""
            cd /var/lib; find etcd cfssl kubernetes/secrets -path etcd/member -prune -o -name 'member.kupgrade-undone-*' -prune -o -printf '%p %y %M %u %g %l\n' 2>/dev/null | sort
            stat -c '%i' etcd/member 2>/dev/null || true
            find cfssl kubernetes/secrets -type f 2>/dev/null | sort | xargs -r sha256sum
            ls /var/lib/kupgrade/holds /var/lib/kupgrade/run.lock 2>/dev/null || true
            ls -d /etc/systemd/system.control/*.d 2>/dev/null || true
            for u in etcd kube-apiserver kubelet kube-scheduler kube-controller-manager cfssl certmgr flannel kube-proxy; do
              systemctl is-active $u || true
            done
            """#
        return try ["grey-area", "congenital-optimist", "limiting-factor"].map {
            try Lab.on($0, "sh", "-c", script)
        }.joined(separator: "\n--\n")
    }
}
