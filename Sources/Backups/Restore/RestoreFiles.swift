import PKI
import Plans
import UpgradePlanning

/// Which files of an archive go back to a host: pure.
struct RestoreFiles {
    /// What goes back before anything is started.
    private(set) var first: [FileToPut] = []
    /// The service accounts' pair, where certmgr must run in between and would make another.
    private(set) var last: [FileToPut] = []
    /// Leaf certificates that are made anew before anything is started, and that something here uses.
    private(set) var issued: [String] = []
    /// Others that are made anew where the host still has them made.
    private(set) var optional: [String] = []
    /// The host's certmgr makes its leafs anew as soon as it runs, by the authority of another host.
    private(set) var isIssuedLater = false
    /// Certificates that go back although they end within a day, since nobody makes others here.
    private(set) var dying: [String] = []
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
        let dead = Set(Self.deadLeafs(host, archive, now))
        let ended = Self.ended(host, archive, now)
        let hasCertmgr = host.host.unit("certmgr.service") != nil
        let canIssue = hasCertmgr && host.host.unit("cfssl.service") != nil
        let isOther = host.origin != host.name
        // A master's etcd needs them before any other host's authority serves.
        let isMaster = host.etcdUnit != nil || host.hasAPIServer
        let isMadeAnew = hasCertmgr && (canIssue || !isMaster)
        // cfssl makes its own certificate where it has none, for the name by which it is asked.
        let ofAuthority = canIssue && (isOther || ended.contains(Self.ofAuthority[0])) ? Self.ofAuthority : []
        let used = Self.used(host, archive)
        for file in kept {
            if dead.contains(file.path) && isMadeAnew { continue }
            if ofAuthority.contains(file.path) { continue }
            if ended.contains(file.path), used.contains(file.path), !pairs.contains(file.path), authority != .same {
                dying.append(file.path)
            }
            if pairs.contains(file.path) {
                last.append(file)
            } else if authority != .same || !present.contains(file.path) {
                first.append(file)
            }
        }
        if authority != .same || isOther {
            let wanted = dead.filter { path in
                path.hasSuffix(".pem") && !path.hasSuffix("-key.pem") && (authority != .same || !present.contains(path))
            }.sorted()
            issued = canIssue ? wanted.filter(used.contains) : []
            // Its own is taken away with them, where it is another authority's.
            let own = authority == .same ? [] : ofAuthority.prefix(1)
            optional = canIssue ? wanted.filter { !used.contains($0) } + own : []
            isIssuedLater = isMadeAnew && !canIssue && !wanted.isEmpty
        }
        if issued.isEmpty && optional.isEmpty {
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

    /// cfssl's own certificate and key.
    private static let ofAuthority = ["/var/lib/cfssl/cfssl.pem", "/var/lib/cfssl/cfssl-key.pem"]

    /// Leaf certificates of the module that are of no use, with their keys: they end within a day, or are another host's.
    private static func deadLeafs(_ host: RestoreHost, _ archive: RestoreArchive, _ now: Instant) -> [String] {
        leafs(host, archive).filter { path, certificate in
            path.hasPrefix(secrets) && !path.hasSuffix("/service-account.pem")
                && (host.origin != host.name || certificate.notAfter < now.secondsSince1970 + leastValidity)
        }.flatMap { [$0.path, $0.path.dropLast(4) + "-key.pem"] }.sorted()
    }

    /// Certificates of any kind but authorities that end within a day, wherever they lie.
    private static func ended(_ host: RestoreHost, _ archive: RestoreArchive, _ now: Instant) -> Set<String> {
        Set(leafs(host, archive).filter { $0.certificate.notAfter < now.secondsSince1970 + leastValidity }.map(\.path))
    }

    private static func leafs(
        _ host: RestoreHost, _ archive: RestoreArchive
    ) -> [(path: String, certificate: CertificateDetails)] {
        let folder = ArchiveNames.folder(of: host.origin.text)
        return archive.certificates.filter { $0.key.hasPrefix(folder + "/") && !$0.value.isAuthority }
            .map { (String($0.key.dropFirst(folder.count)), $0.value) }
    }

    /// Files that something on the host uses, or used when the archive was made; what another host used says nothing.
    private static func used(_ host: RestoreHost, _ archive: RestoreArchive) -> Set<String> {
        let noted = archive.manifest.nodes.first { $0.name == host.name }?.used ?? []
        let files = host.host.pki.filter { !$0.usedBy.isEmpty }.map(\.path)
        return Set(noted + files + host.host.missingFiles.map(\.path) + NodeFileList(host.host).unitPaths)
    }
}
