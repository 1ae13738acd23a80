import Foundation
import Testing

/// Findings that need programs of another version, another flake, or a host with little room.
extension ClusterTests.SingleMaster {
    /// A copy of the lab's flake, changed by shell lines, and the cluster file that names it.
    private func with(
        flake url: String = "path:", changed script: String, _ body: (_ cluster: String) throws -> Void
    ) throws {
        try Scratch.with { scratch in
            let made = try Program.run(
                "/bin/bash",
                [
                    "-ec",
                    """
                    cp -r \(Lab.state)/flake \(Lab.state)/channels/next \(Lab.state)/channels/minor \(scratch.path)/
                    cd \(scratch.path)/flake
                    \(script)
                    """,
                ])
            guard made.exitCode == 0 else { throw Lab.Failure(text: made.errors) }
            let text = try String(contentsOfFile: Lab.cluster, encoding: .utf8)
            try body(
                try scratch.write(
                    "cluster.yaml",
                    text.replacing("path:\(Lab.state)/flake", with: "\(url)\(scratch.path)/flake")))
        }
    }

    @Test func hostsOfOneFlakeThatFollowTwoReleasesAreNamed() throws {
        let script = """
            sed -i -e 's|^  inputs.nixpkgs.url.*|&\\n  inputs.other.url = "path:\(Lab.state)/channels/minor";|' \
              -e 's|self, nixpkgs }|self, nixpkgs, other }|' \
              -e 's|grey-area = .*|grey-area = other.lib.nixosSystem { modules = [ (import ./hosts.nix { name = "grey-area"; }) ]; };|' \
              flake.nix
            """
        try with(changed: script) { cluster in
            let plan = try PlanFindings([], cluster: cluster)
            let finding = plan.first("KUP-P003")
            #expect(finding?["severity"].text == "blocker", "\(plan.said)")
            let why = finding?["why"].array.compactMap(\.text) ?? []
            #expect(why.contains("1.21.0+lab: grey-area"), "\(why)")
        }
    }

    @Test func aPackageOfAnotherMinorThanItsModuleIsNamed() throws {
        let script = """
            sed -i "s|path:[^\\"]*|path:$PWD/../next|" flake.nix
            cp ../minor/versions.nix ../next/pinned-versions.nix
            sed 's|./versions.nix|./pinned-versions.nix|' ../next/default.nix >../next/pinned.nix
            sed -i 's|pkgs.kubernetes}|(import ./pinned.nix { }).kubernetes}|' ../next/units.nix
            sed -i 's|package = pkgs.kubernetes;|package = (import ./pinned.nix { }).kubernetes;|' ../next/system.nix
            rm -f flake.lock
            """
        try with(changed: script) { cluster in
            let plan = try PlanFindings([], cluster: cluster)
            let finding = plan.first("KUP-P073")
            #expect(
                finding?["what"].text?.hasSuffix("would run Kubernetes 1.21.0+lab by a module of 1.22") == true,
                "\(plan.said)")
        }
    }

    /// The next minor, with a change to its versions.
    private func release(_ change: String) -> String {
        """
        sed -i '\(change)' ../minor/versions.nix
        sed -i "s|path:[^\\"]*|path:$PWD/../minor|" flake.nix
        rm -f flake.lock
        """
    }

    /// Releases that nobody has here: they are only evaluated.
    @Test(arguments: [
        ("s|etcd = { version = \"[0-9.]*|etcd = { version = \"3.6.6|", "KUP-P008", "grey-area"),
        (
            "s|kubeletFlags = .*|kubeletFlags = \" --enable-cadvisor-json-endpoints=true\";|", "KUP-P070",
            "limiting-factor"
        ),
        ("s|kubeletFlags = .*|kubeletFlags = \" --feature-gates=BlockVolume=true\";|", "KUP-P070", "limiting-factor"),
        (
            "s|apiServerFlags = .*|apiServerFlags = \"disable-admission-plugins=DenyEscalatingExec\";|", "KUP-P070",
            "grey-area"
        ),
    ])
    func whatANewReleaseWouldNotStartWithIsNamed(change: String, code: String, node: String) throws {
        try with(changed: release(change)) { cluster in
            let plan = try PlanFindings([], cluster: cluster)
            let finding = plan.all.first { $0["code"].text == code }
            #expect(finding?["severity"].text == "blocker", "\(plan.said)")
            #expect(finding?["node"].text == nil || plan.has(code, node), "\(plan.said)")
        }
    }

    /// What lies far ahead is said today: the way there is long.
    @Test func whatLiesFarAheadIsSaid() throws {
        let plan = try PlanFindings(["--to", "1.36.0"])
        for node in ["grey-area", "congenital-optimist", "limiting-factor"] {
            #expect(plan.first("KUP-P071", node)?["severity"].text == "warning", "\(plan.said)")
            #expect(plan.first("KUP-P072", node)?["severity"].text == "warning", "\(plan.said)")
        }
    }

    /// A gate that its program has locked, and one that it never had: asked of the programs themselves.
    @Test(arguments: ["SupportPodPidsLimit=false", "NobodyHasThisGate=true"])
    func aGateThatItsProgramRefusesIsNamed(gate: String) throws {
        let change = "s|kubeletFlags = .*|kubeletFlags = \" --feature-gates=\(gate)\";|"
        try with(changed: release(change)) { cluster in
            let built = try PlanFindings(["--build"], cluster: cluster)
            let why = built.first("KUP-P070", "limiting-factor")?["why"].array.compactMap(\.text) ?? []
            #expect(why.contains { $0.contains("feature gate \(gate.prefix { $0 != "=" })") }, "\(built.said) \(why)")
        }
    }

    /// Of a flake in git: a system that records no revision, one of another revision, and one of this.
    @Test func theRevisionThatRunsIsComparedWithTheFlakes() throws {
        let script = """
            sed -i 's|inherit name; }) \\]|inherit name; }) { revision = self.rev or null; } ]|' flake.nix
            git init -q; git add -A; git -c user.name=lab -c user.email=lab@lab commit -q -m lab
            git rev-parse HEAD >../head
            """
        let (node, program) = ("limiting-factor", "/run/current-system/sw/bin/nixos-version")
        try with(flake: "git+file://", changed: script) { cluster in
            let unknown = try PlanFindings([], cluster: cluster)
            #expect(
                unknown.first("KUP-P100", node)?["what"].text?.hasPrefix("which revision") == true, "\(unknown.said)")
            let head = try String(
                contentsOfFile: "\(URL(filePath: cluster).deletingLastPathComponent().path)/head", encoding: .utf8
            ).trimmingCharacters(in: .newlines)
            func record(_ revision: String) throws -> PlanFindings {
                _ = try Lab.on(
                    node, "sh", "-c",
                    """
                    printf '%s\\n' '#!/bin/sh' 'echo "{\\"configurationRevision\\":\\"\(revision)\\"}"' >/run/nixos-version
                    chmod 755 /run/nixos-version; mount --bind /run/nixos-version $(readlink -f \(program))
                    """)
                defer { _ = try? Lab.on(node, "sh", "-c", "umount $(readlink -f \(program)); rm /run/nixos-version") }
                return try PlanFindings([], cluster: cluster)
            }
            let other = try record(String(repeating: "0123456789", count: 4))
            #expect(other.first("KUP-P100", node)?["what"].text == "\(node) runs what revision 012345678901 gave")
            #expect(try !record(head).has("KUP-P100", node))
        }
    }

    /// The store on a small file system, and no room on `/boot` for a kernel of this size.
    @Test func aHostWithLittleRoomIsNamed() throws {
        let node = "limiting-factor"
        let stand = """
            set -e
            mkdir -p /run/small; mount -t tmpfs -o size=64m none /run/small; mkdir /run/small/up /run/small/work
            mount -t overlay overlay -o lowerdir=/nix,upperdir=/run/small/up,workdir=/run/small/work /nix
            truncate -s 30M /run/large; mount --bind /run/large "$(readlink -f /run/current-system/kernel)"
            mkdir /run/boot; cp -a /boot/. /run/boot; mount -t tmpfs -o size=40m none /boot; cp -a /run/boot/. /boot
            head -c 20M /dev/zero >/boot/other
            """
        let away = """
            umount /boot; umount "$(readlink -f /run/current-system/kernel)"; umount /nix; umount /run/small
            rm -rf /run/boot /run/large /run/small
            """
        let before = try PlanFindings(["--channel", "path:\(Lab.state)/channels/kernel"])
        #expect(!before.has("KUP-P090", node) && !before.has("KUP-P091", node), "\(before.said)")
        _ = try Lab.on(node, "sh", "-c", stand)
        defer { _ = try? Lab.on(node, "sh", "-c", away) }
        let during = try PlanFindings(["--channel", "path:\(Lab.state)/channels/kernel"])
        #expect(during.first("KUP-P090", node)?["severity"].text == "blocker", "\(during.said)")
        #expect(during.has("KUP-P091", node), "\(during.said)")
    }

    /// A root that is encrypted and asks for a passphrase, and hardly any memory left.
    @Test func aHostThatMayNotComeBackAndOneWithoutMemoryAreNamed() throws {
        let (locked, full) = ("limiting-factor", "congenital-optimist")
        _ = try Lab.on(
            locked, "sh", "-c",
            """
            mkdir -p /usr/local/bin; source=$(df --output=source / | tail -n 1)
            printf '%s\\n' '#!/bin/sh' 'case "$*" in *PKNAME*)' "echo \\"${source##*/} dm-0 crypt sda2\\"; echo 'sda2 sda2 part sda' ;; esac" \
              >/usr/local/bin/lsblk; chmod 755 /usr/local/bin/lsblk
            """)
        _ = try Lab.on(
            full, "sh", "-c",
            "sed 's/^MemAvailable:.*/MemAvailable: 90000 kB/' /proc/meminfo >/run/meminfo; mount --bind /run/meminfo /proc/meminfo"
        )
        defer {
            _ = try? Lab.on(locked, "rm", "-f", "/usr/local/bin/lsblk")
            _ = try? Lab.on(full, "sh", "-c", "umount /proc/meminfo; rm -f /run/meminfo")
        }
        let plan = try PlanFindings(["--channel", "path:\(Lab.state)/channels/kernel"])
        #expect(plan.first("KUP-P096", locked)?["severity"].text == "warning", "\(plan.said)")
        #expect(!plan.has("KUP-P096", full), "\(plan.said)")
        #expect(plan.has("KUP-P092", full) && !plan.has("KUP-P092", locked), "\(plan.said)")
        // Without a reboot it is only told.
        let stays = try PlanFindings(["--to", "1.21.0"])
        #expect(stays.first("KUP-P096", locked)?["severity"].text == "notice", "\(stays.said)")
    }

    /// Programs that run beside an apiserver that is too old for them.
    @Test func whatIsNewerThanItsAPIServerIsNamed() throws {
        func reported() throws -> String {
            try Lab.kubectl("get", "node", "limiting-factor", "-o", "jsonpath={.status.nodeInfo.kubeletVersion}")
        }
        try UnitChange.run("kubelet", of: "1.21.0+lab", on: "limiting-factor")
        try UnitChange.run("kube-controller-manager", of: "1.21.0+lab", on: "grey-area")
        defer {
            UnitChange.undo("kubelet", on: "limiting-factor")
            UnitChange.undo("kube-controller-manager", on: "grey-area")
            try? Lab.waitUntilReady()
            // What the cluster knows of it is a while behind.
            _ = try? Lab.eventually(within: 60, "the kubelet of before") { try reported() == "v1.20.2" ? true : nil }
        }
        _ = try Lab.eventually(within: 60, "the kubelet's version") { try reported() == "v1.21.0+lab" ? true : nil }
        let checks = try Kupgrade.doctor(status: 20).filter { $0["state"].text == "fail" }
        func isNamed(_ code: String, _ node: String) -> Bool {
            checks.contains { $0["code"].text == code && $0["node"].text == node }
        }
        #expect(isNamed("KUP-P011", "limiting-factor"), "\(checks.map { $0["code"].text ?? "" })")
        #expect(isNamed("KUP-P012", "grey-area"), "\(checks.map { $0["code"].text ?? "" })")
        // The next minor makes both legal: there it is no blocker.
        let plan = try PlanFindings(["--to", "1.21.0"])
        #expect(plan.first("KUP-P011")?["severity"].text == "warning", "\(plan.said)")
    }

    /// The program on a master that its own plan changes.
    @Test func whoSitsOnANodeThatMovesIsTold() throws {
        try BackupBench.with { bench in
            try bench.install(on: "grey-area")
            defer { bench.uninstall(from: "grey-area") }
            let file = Lab.state + "/hosts/grey-area/root/root/cluster.yaml"
            // From there the others cannot be reached.
            let text = try String(contentsOfFile: Lab.cluster, encoding: .utf8)
                .replacing("addresses: [grey-area.tailnet, grey-area.lan]\n    user: root", with: "addresses: [local]")
            try text.write(toFile: file, atomically: false, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: file) }
            let said = try Lab.on(
                "grey-area", "sh", "-c",
                "chmod 600 /root/cluster.yaml; /usr/local/bin/kupgrade plan --to 1.21.0 -o json --cluster /root/cluster.yaml || [ $? = 3 ]",
                limit: 120)
            let findings = try JSON(text: said)["findings"].array
            #expect(findings.contains { $0["code"].text == "KUP-P095" && $0["node"].text == "grey-area" }, "\(said)")
        }
    }

    /// What has a graphics device open goes down with its host, whether its name is known or not.
    @Test func whatUsesTheGraphicsProcessorIsNamed() throws {
        let node = "limiting-factor"
        let stand = """
            mkdir -p /dev/dri; touch /dev/dri/renderD128
            systemd-run -q --unit=transcoder sh -c 'exec 9</dev/dri/renderD128; exec sleep 600'; sleep 1
            """
        _ = try Lab.on(node, "sh", "-c", stand)
        defer { _ = try? Lab.on(node, "sh", "-c", "systemctl stop transcoder; rm -r /dev/dri") }
        let plan = try PlanFindings(["--channel", "path:\(Lab.state)/channels/kernel"])
        let finding = plan.first("KUP-P085", node)
        #expect(finding?["what"].text?.contains("transcoder") == true, "\(plan.said) \(finding?["what"].text ?? "")")
        let why = finding?["why"].array.compactMap(\.text) ?? []
        #expect(why.contains("transcoder has the graphics processor open"), "\(why)")
    }
}

extension ClusterTests.ThreeMasters {
    /// One master that was rebuilt twice, and one whose scheduler has a kubeconfig that is too large to be read.
    @Test func mastersTwoMinorsApartAreNamed() throws {
        try Lab.need("three-masters")
        let (ahead, odd) = ("limiting-factor", "congenital-optimist")
        try UnitChange.run("kube-apiserver", of: "1.22.0+lab", on: ahead)
        _ = try Lab.on(
            odd, "sh", "-c",
            """
            file=$(sed -nE 's/.*--kubeconfig=([^ ]+).*/\\1/p' /etc/systemd/system/kube-scheduler.service | head -n 1)
            { cat "$file"; head -c 300000 /dev/zero | tr '\\0' ' '; } >/etc/large.kubeconfig; chmod 644 /etc/large.kubeconfig
            \(UnitChange.put("kube-scheduler", "s|--kubeconfig=[^ ]*|--kubeconfig=/etc/large.kubeconfig|"))
            \(UnitChange.restart("kube-scheduler"))
            """)
        defer {
            UnitChange.undo("kube-apiserver", on: ahead)
            UnitChange.undo("kube-scheduler", on: odd)
            _ = try? Lab.on(odd, "rm", "-f", "/etc/large.kubeconfig")
            try? Lab.waitUntilReady()
        }
        try Lab.waitUntilReady(onlyNodes: true)
        let checks = try Kupgrade.doctor(status: 20).filter { $0["state"].text != "ok" }
        #expect(checks.contains { $0["code"].text == "KUP-P010" && $0["state"].text == "fail" })
        let unknown = checks.first { $0["code"].text == "KUP-P014" && $0["node"].text == odd }
        let why = unknown?["finding"]["why"].array.compactMap(\.text) ?? []
        #expect(why == ["no server was found for kube-scheduler"], "\(why)")
        #expect(
            try Lab.on(odd, "systemctl", "is-active", "kube-scheduler") == "active")
    }
}
