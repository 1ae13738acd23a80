import Plans

struct WrongOwner: HostRule {
    let code = "KUP-P044"
    let title = "a certificate or key has another owner or mode than certmgr wants"
    let severity = Finding.Severity.warning
    let page = ExplanationText(
        meaning:
            "certmgr looks at owner, group and mode of every file it keeps. Where one differs it takes the pair for "
            + "invalid, makes a new one and restarts the unit: a restore with a wrong mode replaces the service-account "
            + "key, and every token with it. A key that others may read is no secret.",
        causes: ["files were copied without their owners", "chmod or chown by hand"],
        behaviour: "The plan can be applied; certmgr will act whenever it looks next.",
        remedies: ["chown and chmod as the finding says, before certmgr starts again"])

    func examine(_ host: HostFacts, of node: NodeName, in draft: PlanDraft) -> [Finding] {
        guard host.unit("certmgr.service") != nil else { return openKeys(host, node) }
        let folders = ManagedFiles.folders(of: host)
        return host.pki.compactMap { file in
            guard let wanted = ManagedFiles.wanted(for: file, in: folders), !wanted.isMet(by: file) else { return nil }
            return finding(
                "\(file.path) on \(node) is \(file.owner):\(file.group) \(file.mode)", node: node,
                why: ["certmgr wants \(wanted.owner):\(wanted.group) \(wanted.mode), and would make it anew"],
                remedy: [
                    Paste.on(
                        node,
                        Paste.word(
                            "chown \(wanted.owner):\(wanted.group) \(Paste.word(file.path)) && "
                                + "chmod \(wanted.mode) \(Paste.word(file.path))"))
                ])
        }
    }
}

extension WrongOwner {
    /// Without certmgr nobody minds, and a key that everybody can read is no secret all the same.
    private func openKeys(_ host: HostFacts, _ node: NodeName) -> [Finding] {
        host.pki.filter { file in
            file.kind == .privateKey && !file.usedBy.isEmpty
                && file.mode.last.flatMap { Int(String($0), radix: 8) } ?? 0 >= 4
        }.map { file in
            finding(
                "everybody on \(node) can read \(file.path)", node: node,
                why: ["\(file.owner):\(file.group) \(file.mode)", "used by \(file.usedBy.listed(limit: 3))"],
                remedy: [Paste.on(node, "chmod o-rwx \(Paste.word(file.path))")])
        }
    }
}

/// Owner, group and mode of what NixOS's easyCerts keeps (`nixos/modules/services/cluster/kubernetes/pki.nix`).
enum ManagedFiles {
    struct Wanted: Hashable {
        let owner: String
        let group: String
        let mode: String

        func isMet(by file: PKIFileFacts) -> Bool { (file.owner, file.group, file.mode) == (owner, group, mode) }
    }

    /// `services.kubernetes.secretsPath` where it is not set.
    private static let usual = "/var/lib/kubernetes/secrets/"

    /// The usual folder, and those from which units take files of these names.
    static func folders(of host: HostFacts) -> Set<String> {
        Set(
            host.pki.filter { !$0.usedBy.isEmpty && stems.contains(stem(of: $0.path)) }.map { folder(of: $0.path) }
                + [usual])
    }

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }

    /// `etcd` of `/…/etcd.pem` and `/…/etcd-key.pem`.
    private static func stem(of path: String) -> String {
        let name = path.dropFirst(folder(of: path).count)
        return String(name.hasSuffix("-key.pem") ? name.dropLast(8) : name.hasSuffix(".pem") ? name.dropLast(4) : name)
    }

    /// `nil` for a file that certmgr does not keep.
    static func wanted(for file: PKIFileFacts, in folders: Set<String>) -> Wanted? {
        let folder = folder(of: file.path)
        guard folders.contains(folder) else { return nil }
        let name = String(file.path.dropFirst(folder.count))
        guard name.hasSuffix(".pem"), name != "ca.pem" else { return nil }
        let stem = stem(of: file.path)
        guard stems.contains(stem) else { return nil }
        guard name.hasSuffix("-key.pem") else { return Wanted(owner: "root", group: "root", mode: "0644") }
        switch stem {
        case "cluster-admin": return Wanted(owner: "root", group: "kubernetes", mode: "0600")
        case "etcd": return Wanted(owner: "etcd", group: "kubernetes", mode: "0600")
        default: return Wanted(owner: "kubernetes", group: "kubernetes", mode: "0600")
        }
    }

    private static let stems: Set<String> = [
        "kube-apiserver", "kube-apiserver-proxy-client", "kube-apiserver-kubelet-client", "kube-apiserver-etcd-client",
        "cluster-admin", "etcd", "service-account", "kube-controller-manager", "kube-controller-manager-client",
        "kube-scheduler-client", "kube-addon-manager", "kubelet", "kubelet-client", "kube-proxy-client",
        "flannel-client",
    ]
}
