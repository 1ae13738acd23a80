import Actions
import AgeEncryption
import Backups
import NodeAccess
import Secrets
import UpgradePlanning

/// What the cluster file says about archives, checked.
struct BackupSettings {
    let file: ClusterFile
    let world: World

    /// Throws ``Problem`` where the cluster file names none.
    func folder() throws(Problem) -> ArchiveFolder {
        guard let path = file.backup.directory else {
            throw Problem(
                "KUP-E090", "the cluster file names no folder for archives",
                next: ["backup: { directory: /var/backup/kupgrade }  # in \(file.path)"], status: .usage)
        }
        return ArchiveFolder(path)
    }

    /// Throws ``Problem`` without one.
    func recipients() throws(Problem) -> [AgeRecipient] {
        guard !file.backup.recipients.isEmpty else {
            throw Problem(
                "KUP-E091", "the cluster file names nobody who could open an archive",
                next: [
                    "kupgrade key generate --out identity.txt  # on a machine that is not of the cluster",
                    "backup: { recipients: [age1...] }  # in \(file.path)",
                ], status: .usage)
        }
        return file.backup.recipients.compactMap { try? AgeRecipient(parsing: $0) }
    }

    /// Those of the cluster file, or the ones that were named. Throws ``Problem`` where nobody is believed.
    func signers(_ named: [String]) throws(Problem) -> [SignerKey] {
        var keys: [SignerKey] = []
        for text in named.isEmpty ? file.backup.signers : named {
            do {
                keys.append(try SignerKey(parsing: text))
            } catch {
                throw Problem("KUP-E080", "\(text) is no public key of a signer", status: .usage)
            }
        }
        guard !keys.isEmpty else {
            throw Problem(
                "KUP-E094", "nobody's archives are to be believed",
                because: ["the cluster file has no backup.signers, and --signer names none"],
                next: ["--signer RWQ...  # as the paper copy has it"], status: .refused)
        }
        return keys
    }

    /// The key that archives made here are signed with. Throws ``Problem``.
    func signingKey(_ path: String) throws(Problem) -> SigningKey {
        guard StandardFiles.exists(path) else {
            throw Problem(
                "KUP-E092", "this host has no signing key",
                because: ["\(path) is not there; an archive that nobody signed could be anybody's"],
                next: ["kupgrade key generate --signer --out \(path)"], status: .usage)
        }
        let passphrases = Passphrases(file: nil, world: world)
        guard case .signing(let key) = try KeyFile.read(path, passphrases: passphrases, world: world) else {
            throw Problem("KUP-E080", "\(path) is no signing key", status: .usage)
        }
        return key
    }

    static let signingKeyPath = "/var/lib/kupgrade/signing.key"
}

extension BackupSettings {
    /// What an archive of this cluster is made of, and for whom. `isNewCluster`: it need not be the cluster of before. Throws
    /// ``Problem``.
    func order(signedBy key: SigningKey, isNewCluster: Bool = false) throws -> BackupMaker.Order {
        var order = BackupMaker.Order(
            cluster: file.name, folder: try folder().path, recipients: try recipients(), signingKey: key,
            extra: file.backup.folders, covered: file.backup.volumes, madeBy: Kupgrade.version, now: world.now())
        order.recorded = VolumeRecord.read(world)
        order.collected = collected()
        order.flake = file.channel.flake.map(world.flakeReference)
        if !isNewCluster {
            let known = (try? BackupCatalog(file: file, world: world).archives()) ?? []
            order.lineage = Lineage(previous: known.filter { !$0.isForeign }.map(\.facts).first { $0.grade == .proven })
        }
        return order
    }

    /// Nodes that nobody logs in to: each gives its own part to a key that can do nothing else.
    func collected() -> [NodeName: SSHOnce] {
        file.nodes.reduce(into: [:]) { nodes, node in
            guard let key = node.collect, let endpoint = file.endpoints.first(where: { $0.name == node.name.text })
            else { return }
            nodes[node.name] = SSHOnce(
                endpoint: endpoint, settings: SSHSettings(configFile: file.sshConfig), keyFile: key)
        }
    }
}
