import Foundation
import Testing

/// A cluster with a budgeted Deployment and a client, a cluster file with keys for backups, and upgrades that are killed at
/// a line of their journal.
struct ApplyBench {
    let runs: RestoreBench
    var backups: BackupBench { runs.backups }
    static let nodes = ["grey-area", "congenital-optimist", "limiting-factor"]

    static func with(_ topology: String, _ body: (ApplyBench) throws -> Void) throws {
        // Every upgrade begins with what the lab's hosts were installed with.
        try Lab.run("up", topology)
        // Its hosts run another system afterwards.
        defer { _ = try? Lab.run("down") }
        try Lab.waitUntilReady()
        try BackupBench.with { backups in
            let bench = ApplyBench(runs: RestoreBench(backups: backups))
            try bench.deploy()
            #expect(try backups.create().exitCode == 0)
            try body(bench)
        }
    }

    private static let web = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: default}
        spec:
          replicas: 3
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              terminationGracePeriodSeconds: 1
              affinity:
                podAntiAffinity:
                  preferredDuringSchedulingIgnoredDuringExecution:
                    - weight: 1
                      podAffinityTerm: {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}
              containers:
                - {name: main, image: "docker.io/lab/probe:1", imagePullPolicy: Never, args: [listen, "8080", web]}
        ---
        apiVersion: policy/v1beta1
        kind: PodDisruptionBudget
        metadata: {name: web, namespace: default}
        spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}
        """

    private func deploy() throws {
        _ = try Lab.kubectl("apply", "-f", try backups.scratch.write("web.yaml", Self.web))
        _ = try Lab.kubectl("rollout", "status", "deployment/web", "--timeout=25s")
    }

    /// Of an upgrade to a channel of the lab.
    func arguments(_ channel: String, _ options: String...) -> [String] {
        [
            "apply", "--channel", "path:\(Lab.state)/channels/\(channel)", "--offline", "--yes", "--signing-key",
            backups.scratch.path + "/sign.key",
        ] + options
    }

    func resume(_ verb: String = "resume", _ options: String...) -> [String] {
        [verb, "--yes", "--signing-key", backups.scratch.path + "/sign.key"] + options
    }

    func rollback(_ options: String...) -> [String] {
        [
            "rollback", "--yes", "--identity", backups.identity, "--signing-key", backups.scratch.path + "/sign.key",
        ] + options
    }

    func run(_ arguments: [String], machine: String = "a") throws -> Program.Result {
        try runs.run(arguments, machine: machine, limit: 900)
    }

    /// Versions of the kubelets, as the cluster has them, by node.
    func kubelets() throws -> [String] {
        try Lab.kubectl(
            "get", "nodes", "-o",
            "jsonpath={range .items[*]}{.metadata.name}={.status.nodeInfo.kubeletVersion}{\"\\n\"}{end}"
        ).split(separator: "\n").map(String.init).sorted()
    }

    static func all(_ version: String) -> [String] { nodes.sorted().map { "\($0)=v\(version)" } }

    func cordoned() throws -> [String] {
        try JSON(text: try Lab.kubectl("get", "nodes", "-o", "json"))["items"].array
            .filter { $0["spec"]["unschedulable"].isPresent }.compactMap { $0["metadata"]["name"].text }
    }

    /// What a run may leave on the hosts: nothing but the copies of its journal.
    func traces() throws -> [String] {
        try Self.nodes.flatMap { node in
            try Lab.on(
                node, "sh", "-c",
                """
                cd /var/lib/kupgrade 2>/dev/null || exit 0
                ls -d run.lock holds parked guard hold 2>/dev/null; ls /etc/systemd/system.control 2>/dev/null
                systemctl list-units --all --plain --no-legend 'kupgrade-*' | awk '{print $1}'
                """
            ).split(separator: "\n").map { "\(node): \($0)" }
        }
    }

    /// Which system is active, the default, and booted next, each by its last part.
    func systems(_ node: String) throws -> [String] {
        try Lab.on(
            node, "sh", "-c",
            #"""
            readlink -f /run/current-system /nix/var/nix/profiles/system
            entry=$(cat /boot/efivars/LoaderEntryDefault 2>/dev/null || awk '$1 == "default" {print $2}' /boot/loader/loader.conf)
            sed -n 's#^options init=\(.*\)/init$#\1#p' /boot/loader/entries/$entry
            """#
        ).split(separator: "\n").map(String.init)
    }

    /// How often a step was done, by the journal.
    func intents(_ step: String, machine: String = "a") throws -> Int {
        let folder = "\(runs.state(machine))/kupgrade/runs"
        let last = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).sorted().last)
        let text = try String(contentsOfFile: "\(folder)/\(last)/journal.jsonl", encoding: .utf8)
        return text.split(separator: "\n").count { $0.contains("\"intent\"") && $0.contains("\"\(step)\"") }
    }
}

extension ApplyBench {
    /// How many of the last lines of the journal say of a step what an earlier one said.
    func repeats(_ machine: String) throws -> Int {
        guard let run = (try? lastRun(machine)) ?? nil else { return 0 }
        let path = "\(runs.state(machine))/kupgrade/runs/\(run)/journal.jsonl"
        var done: Set<String> = []
        var count = 0
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") {
            let step = try JSON(text: String(line))["event"]["done"]["step"].text
            count = step.map(done.contains) == true ? count + 1 : 0
            if let step { done.insert(step) }
        }
        return count
    }

    func lastRun(_ machine: String) throws -> String? {
        try FileManager.default.contentsOfDirectory(atPath: "\(runs.state(machine))/kupgrade/runs").sorted().last
    }

    private static let applications = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: applications.argoproj.io}
        spec:
          group: argoproj.io
          names: {kind: Application, plural: applications, singular: application}
          scope: Namespaced
          versions:
          - name: v1alpha1
            served: true
            storage: true
            schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
        """

    private static let application = """
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata: {name: NAME, namespace: default, annotations: {ANNOTATION}}
        """

    /// Names of Applications that ArgoCD passes over.
    func paused() throws -> [String] {
        try JSON(text: try Lab.kubectl("get", "applications.argoproj.io", "-A", "-o", "json"))["items"].array
            .filter { $0["metadata"]["annotations"]["argocd.argoproj.io/skip-reconcile"].text == "true" }
            .compactMap { $0["metadata"]["name"].text }
    }

    /// A folder of hooks that note each point, with ArgoCD's among them; one of them says later, once.
    func makeHooks() throws -> String {
        _ = try Lab.kubectl("apply", "-f", try backups.scratch.write("crd.yaml", Self.applications))
        for (name, annotation) in [("ours", ""), ("theirs", "argocd.argoproj.io/skip-reconcile: \"true\"")] {
            let text = Self.application.replacing("NAME", with: name).replacing("ANNOTATION", with: annotation)
            let path = try backups.scratch.write("\(name).yaml", text)
            _ = try Lab.eventually(within: 20, "the new kind") { try Lab.kubectl("apply", "-f", path) }
        }
        let hooks = backups.scratch.path + "/hooks"
        let kubectl = try Lab.kubernetes("1.20.2")
        let made = try backups.shell(
            """
            mkdir hooks; cd hooks
            for p in pre-run pre-node pre-drain post-drain pre-activate post-activate post-node post-run pause-gitops resume-gitops; do
              mkdir $p.d; printf '#!/bin/sh\ncat >/dev/null; echo %s >>\(hooks)/seen; echo noted\n' $p >$p.d/00-note
            done
            cat >gitops <<'end'
            #!/bin/sh
            PATH=\(kubectl):$PATH KUBECONFIG=\(Lab.state)/kubeconfig exec \(Program.root)/hooks/argocd
            end
            ln -s ../gitops pause-gitops.d/10-argocd; ln -s ../gitops resume-gitops.d/10-argocd
            cat >pre-activate.d/10-say <<'end'
            #!/bin/sh
            cat >/dev/null
            [ -e \(hooks)/asked ] && exit 0
            touch \(hooks)/asked; echo a model is loaded >&2; exit 75
            end
            cat >post-activate.d/10-look <<'end'
            #!/bin/sh
            cat >/dev/null
            \(kubectl)/kubectl --kubeconfig \(Lab.state)/kubeconfig get applications.argoproj.io -o \
              'jsonpath={.items[*].metadata.annotations.argocd\\.argoproj\\.io/skip-reconcile}' >\(hooks)/paused
            end
            chmod 755 gitops *.d/*; echo 'hooks: \(hooks)' >>\(backups.cluster)
            """)
        #expect(made.exitCode == 0, "\(made.errors)")
        return hooks
    }
}

/// A client and a judge of budgets, beside an upgrade: neither is kupgrade.
final class ClusterWitness {
    private let process: Program.Running
    private let folder: String

    struct Report {
        /// Writes that did not succeed within one more attempt: which, when, and what curl said of both.
        var lost: [String]
        var writes: Int
        /// Reads that failed though their apiserver was ready before and after them.
        var unread: [String]
        /// The fewest ready pods of the Deployment.
        var fewest: Int
    }

    /// `servers`: addresses of apiservers, of which a write takes the next one after a failure. An attempt has 2 s.
    init(_ folder: String, servers: [String]) throws {
        self.folder = folder
        let keys = "\(Lab.state)/pki"
        let script = """
            cd \(folder)
            ask="curl -sS -f -m 2 -o answer --cacert \(keys)/ca.pem --cert \(keys)/cluster-admin.pem --key \(keys)/cluster-admin-key.pem"
            servers=(\(servers.joined(separator: " "))); n=0; i=0
            maps=api/v1/namespaces/default/configmaps
            : >writes; : >lost; : >ready; : >unread
            $ask -X POST -H 'Content-Type: application/json' "https://${servers[0]}:6443/$maps" \
              -d '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"count"}}' || exit 1
            while [ ! -e stop ]; do
              i=$((i + 1)); said=
              for attempt in 1 2; do
                begun=$(date +%s%N)
                if error=$($ask -X PATCH -H 'Content-Type: application/merge-patch+json' \
                  "https://${servers[$n]}:6443/$maps/count" -d '{"data":{"n":"'$i'"}}' 2>&1); then said=; break; fi
                said="$said ${servers[$n]}: $error after $(( ($(date +%s%N) - begun) / 1000000 )) ms;"
                n=$(( (n + 1) % ${#servers[@]} ))
              done
              echo $i >>writes; [ -z "$said" ] || echo "$i $(date +%T)$said" >>lost
              $ask "https://${servers[$n]}:6443/apis/apps/v1/namespaces/default/deployments/web" 2>/dev/null &&
                { ready=$(grep -o '"readyReplicas": *[0-9]*' answer | grep -o '[0-9]*$'); echo "${ready:-0}" >>ready; }
              # A read of one that is ready before and after it.
              m=$((i % ${#servers[@]})); at=https://${servers[$m]}:6443
              if $ask "$at/readyz" 2>/dev/null; then
                error=$($ask "$at/$maps/count" 2>&1) || ! $ask "$at/readyz" 2>/dev/null ||
                  echo "$i $(date +%T) ${servers[$m]}: $error" >>unread
              fi
              sleep 0.3
            done
            """
        process = try Program.start("/bin/bash", ["-c", script])
    }

    func finish() throws -> Report {
        _ = FileManager.default.createFile(atPath: folder + "/stop", contents: nil)
        _ = process.finish()
        func lines(_ name: String) throws -> [String] {
            try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8).split(separator: "\n").map(String.init)
        }
        return Report(
            lost: try lines("lost"), writes: try lines("writes").count, unread: try lines("unread"),
            fewest: try lines("ready").compactMap(Int.init).min() ?? 0)
    }
}

extension ApplyBench {
    /// Makes a node one that can perform a run: kupgrade, a cluster file, keys of its own, ssh to all.
    func prepare(driver: String) throws {
        try backups.install(on: driver)
        let root = "\(Lab.state)/hosts/\(driver)/root"
        let made = try backups.shell(
            """
            ssh-keygen -q -t ed25519 -N '' -f drive
            for n in \(Self.nodes.joined(separator: " ")); do
              cat drive.pub >>\(Lab.state)/hosts/$n/root/root/.ssh/authorized_keys
            done
            install -m 600 drive \(root)/root/.ssh/id_ed25519; install -m 600 \(Lab.state)/known_hosts \(root)/root/.ssh/known_hosts
            mkdir -p \(root)/etc/kupgrade \(root)/var/backup/kupgrade; chmod 700 \(root)/var/backup/kupgrade
            install -D -m 600 sign.key \(root)/var/lib/kupgrade/signing.key
            {
              printf '%s\\n' 'version: 1' 'name: lab' 'nodes:' '  grey-area: {addresses: [10.77.0.11]}' \
                '  congenital-optimist: {addresses: [10.77.0.12]}' '  \(driver): {addresses: [local]}' 'backup:' \
                '  directory: /var/backup/kupgrade' "  recipients: [$(age-keygen -y identity.txt)]" \
                '  signers: [\(backups.signer)]'
            } >\(root)/etc/kupgrade/cluster.yaml
            """)
        #expect(made.exitCode == 0, "\(made.errors)")
    }
}

/// Points at which an upgrade is held, by its own hooks, until somebody lets it go on.
struct HeldUpgrade {
    let bench: ApplyBench
    private let folder: String

    init(_ bench: ApplyBench, _ points: String...) throws {
        self.bench = bench
        folder = bench.backups.scratch.path + "/held"
        let made = try bench.backups.shell(
            """
            mkdir -p held held/hooks; cd held
            cat >hooks/hold <<'end'
            #!/bin/sh
            event=$(cat); field() { printf '%s' "$event" | sed -n "s/^ *\\"$1\\" *: *\\"\\([^\\"]*\\)\\".*/\\1/p" | head -n 1; }
            at=\(folder)/$(field point)-$(field node); i=0
            while [ -e "$at" ] && [ $i -lt 100 ]; do : >"$at.reached"; sleep 1; i=$((i + 1)); done
            [ ! -e "$at" ] || exit 75
            end
            chmod 755 hooks/hold
            for p in pre-drain pre-activate post-activate; do ln -s hold hooks/$p; done
            echo 'hooks: \(folder)/hooks' >>\(bench.backups.cluster)
            """)
        #expect(made.exitCode == 0, "\(made.errors)")
        for point in points { try hold(point) }
    }

    /// `POINT-NODE`.
    func hold(_ point: String) throws { try "".write(toFile: "\(folder)/\(point)", atomically: false, encoding: .utf8) }

    func release(_ point: String) throws { try FileManager.default.removeItem(atPath: "\(folder)/\(point)") }

    func reach(_ point: String, _ running: Program.Running) throws {
        _ = try Lab.eventually(within: 300, point) {
            if !running.process.isRunning { throw Lab.Failure(text: "it ended: \(running.finish())") }
            return FileManager.default.fileExists(atPath: "\(folder)/\(point).reached") ? true : nil
        }
    }

    /// The first of these points that is reached.
    func reachAny(_ points: [String], _ running: Program.Running) throws -> String {
        try Lab.eventually(within: 300, "any point") {
            if !running.process.isRunning { throw Lab.Failure(text: "it ended: \(running.finish())") }
            return points.first { FileManager.default.fileExists(atPath: "\(folder)/\($0).reached") }
        }
    }

    /// A hook of the test's own.
    func write(_ point: String, _ script: String) throws {
        let path = "\(folder)/hooks/\(point)"
        try script.write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    func kill(_ running: Program.Running) throws {
        _ = try Program.run("/usr/bin/pkill", ["-KILL", "-P", "\(running.process.processIdentifier)"])
        _ = running.finish()
    }
}
