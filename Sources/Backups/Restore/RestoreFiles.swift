import PKI
import Plans
import UpgradePlanning

/// Which files of an archive go back to a host: pure.
struct RestoreFiles {
    /// What goes back before anything is started.
    private(set) var first: [FileToPut] = []
    /// The service accounts' pair, where certmgr must run in between and would make another.
    private(set) var last: [FileToPut] = []
    /// Leaf certificates that are made anew.
    private(set) var issued: [String] = []
    /// What stays out, a sentence each.
    private(set) var leftOut: [String] = []

    /// A leaf that ends sooner is not worth being put back.
    static let leastValidity: Int64 = 24 * 3_600
    /// Of the host itself: under a running system they would be changed behind its back.
    static let identity = NodeFileList.identity + ["/var/lib/nixos/", "/var/lib/tailscale/"]
    private static let secrets = "/var/lib/kubernetes/secrets/"

    init(_ host: RestoreHost, _ archive: RestoreArchive, _ authority: Authority, extra: [String], now: Instant) {
        let all = archive.files[host.origin.text] ?? []
        let present = Set(host.host.pki.map(\.path))
        let links = all.filter { $0.link != nil }.map { $0.path + "/" }
        let places = Places(host, extra: extra)
        let (kept, strange) = Self.split(
            all.filter {
                !$0.isFolder && !Self.isIdentity($0.path) && !Self.isForeignLink($0) && !Self.isForeign($0.path)
            }
        ) { file in file.isPlain && places.have(file.path) && !links.contains { file.path.hasPrefix($0) } }
        if !strange.isEmpty {
            leftOut.append(
                "\(host.name): \(Amount.count(strange.count, "file")) that no unit of the host names and no folder of the "
                    + "cluster file has, such as \(strange[0].path)")
        }
        let pairs = Self.serviceAccount(host, all)
        let dead = Self.deadLeafs(host, archive, now)
        let canIssue = host.host.unit("certmgr.service") != nil && host.host.unit("cfssl.service") != nil
        for file in kept {
            if dead.contains(file.path) && canIssue { continue }
            if pairs.contains(file.path) {
                last.append(file)
            } else if authority != .same || !present.contains(file.path) {
                first.append(file)
            }
        }
        issued = canIssue && authority != .same ? dead.filter { $0.hasSuffix(".pem") && !$0.hasSuffix("-key.pem") } : []
        if issued.isEmpty {
            first += last
            last = []
        }
        first = Self.withFolders(first, of: all)
        let left = all.filter { !$0.isFolder && Self.isIdentity($0.path) }.map(\.path)
        if !left.isEmpty {
            leftOut.append(
                "\(host.name): \(Amount.count(left.count, "file")) that make the host itself (ssh host keys, machine-id, "
                    + "numbers of users, Tailscale's state): a host that runs keeps its own")
        }
    }

    /// Where a restore may write on a host: an archive is what somebody made of it.
    private struct Places {
        private let folders: [String]
        private let files: Set<String>

        init(_ host: RestoreHost, extra: [String]) {
            folders = ["/var/lib/cfssl", "/var/lib/kubernetes/secrets"] + extra
            files = Set(NodeFileList(host.host).files)
        }

        func have(_ path: String) -> Bool {
            files.contains(path) || folders.contains { path.hasPrefix($0 + "/") }
        }
    }

    private static func split(
        _ files: [FileToPut], _ isWanted: (FileToPut) -> Bool
    ) -> (wanted: [FileToPut], rest: [FileToPut]) {
        (files.filter(isWanted), files.filter { !isWanted($0) })
    }

    /// Folders come before what is in them.
    private static func withFolders(_ files: [FileToPut], of all: [FileToPut]) -> [FileToPut] {
        let folders = all.filter { folder in
            folder.isFolder && folder.isPlain && files.contains { $0.path.hasPrefix(folder.path + "/") }
        }
        return (folders + files).sorted { $0.path < $1.path }
    }

    private static func isIdentity(_ path: String) -> Bool {
        identity.contains { $0.hasSuffix("/") ? path.hasPrefix($0) : path == $0 }
    }

    /// What a secret store or a rebuild brings: it is in the archive so that sealed values can be read.
    private static func isForeign(_ path: String) -> Bool {
        path.hasPrefix("/run/") || path.hasPrefix("/nix/store/")
    }

    /// A link that leads to where a secret store puts files is made by that store.
    private static func isForeignLink(_ file: FileToPut) -> Bool {
        guard let link = file.link else { return false }
        return link.hasPrefix("/run/") || link.hasPrefix("/nix/store/")
    }

    /// Paths of the service accounts' certificate and key, by the apiserver's flags.
    private static func serviceAccount(_ host: RestoreHost, _ files: [FileToPut]) -> Set<String> {
        let line = host.host.unit(Component.apiServer.unit)?.commandLine
        let named = ["--service-account-key-file", "--service-account-signing-key-file"].compactMap {
            line?.value(of: $0)
        }
        return Set(named + ["\(secrets)service-account.pem", "\(secrets)service-account-key.pem"])
    }

    /// Leaf certificates of the module that end within a day, with their keys.
    private static func deadLeafs(_ host: RestoreHost, _ archive: RestoreArchive, _ now: Instant) -> [String] {
        let folder = ArchiveNames.folder(of: host.origin.text)
        return archive.certificates.filter { path, certificate in
            path.hasPrefix(folder + secrets) && !certificate.isAuthority
                && !path.hasSuffix("/service-account.pem")
                && certificate.notAfter < now.secondsSince1970 + leastValidity
        }.map { String($0.key.dropFirst(folder.count)) }.flatMap { [$0, $0.dropLast(4) + "-key.pem"] }.sorted()
    }
}
