import Actions
import AgeEncryption
import Backups
import UpgradePlanning

/// `restore --root`: a tree that has not been booted.
struct RootRestoring {
    let world: World
    let root: String
    let node: String?
    let etcd: String?
    let yes: Bool
    /// Every member of etcd is lost, and comes from the archive.
    var wholeCluster = false
    /// Of the cluster file, where there is one.
    let cluster: String?

    func run(_ choice: ArchiveChoice, _ content: RestoreArchive, _ identities: [AgeIdentity]) async throws {
        let node = try self.node(content)
        try check(content)
        let isMember = RootRestore.member(content, node) != nil
        let members = content.voters.map(\.name)
        guard !isMember || members.count < 2 || wholeCluster else {
            throw Problem(
                "KUP-E122", "\(node) is one of \(members.count) members of etcd",
                because: [
                    "the data in a tree begins a cluster anew, of \(members.joined(separator: ", ")): those that serve would be "
                        + "strangers to it"
                ], state: ["nothing was touched"],
                next: [
                    "kupgrade restore ARCHIVE  # when the host has booted: its member is replaced from the others",
                    "--whole-cluster  # where all of them are lost: each tree gets the same data",
                ], status: .refused)
        }
        let programs = isMember ? try await Drills(world: world).etcdTools(etcd) : nil
        world.output(
            "\(content.entry.name): \(content.grade.rawValue), revision \(content.revision), made \(content.entry.createdAt)\n"
                + "\(node) goes to \(root): its files with its identity (ssh host keys, machine-id, numbers of users, "
                + "Tailscale's state)\(isMember ? ", etcd's data" : ", no data of etcd")\n")
        guard yes || Questions(world: world).yes("Do it?") else {
            throw Problem(
                "KUP-E119", "nobody said yes", state: ["nothing was touched"], next: ["--yes  # in scripts"],
                status: .refused)
        }
        let order = RootRestore.Order(
            archive: content, path: choice.path + ArchiveNames.sealed, key: .identities(identities), root: root,
            node: node, programs: programs)
        do {
            for line in try await RootRestore(order).run() { world.output("placed  \(line)\n") }
        } catch let error as BackupError where error.code == .cannotWrite {
            throw Problem(
                "KUP-E122", "\(root) cannot be filled", because: [error.message],
                next: ["an empty folder, or the mounted root of a new installation, as root"], status: .refused)
        } catch {
            throw Problem(backup: error, content.entry.name)
        }
    }

    private func node(_ content: RestoreArchive) throws -> String {
        let names = content.manifest.nodes.filter { $0.absence == nil }.map(\.name.text)
        let wanted = node ?? content.manifest.etcd?.node.text ?? names.first ?? ""
        guard names.contains(wanted) else {
            throw Problem(
                "KUP-E118", "the archive has nothing of \(wanted)",
                because: ["it has \(names.joined(separator: ", "))"],
                next: ["--node NAME"], status: .usage)
        }
        return wanted
    }

    private func check(_ content: RestoreArchive) throws {
        guard content.grade != .suspect else {
            throw Problem(
                "KUP-E119", "the archive is suspect", because: content.reasons, state: ["nothing was touched"],
                next: ["kupgrade backup list"], status: .refused)
        }
        if let cluster, cluster != content.entry.cluster {
            throw Problem(
                "KUP-E119",
                "the archive is of the cluster \(content.entry.cluster), and the cluster file of \(cluster)",
                state: ["nothing was touched"], next: ["--cluster FILE  # of that cluster"], status: .refused)
        }
        guard world.userID == 0 else {
            throw Problem(
                "KUP-E122", "\(root) cannot be filled", because: ["files of other users can be made by root only"],
                next: ["sudo kupgrade restore --root \(root) ..."], status: .usage)
        }
        guard root != "/" else {
            throw Problem(
                "KUP-E122", "this host is no tree that has not been booted",
                next: ["kupgrade restore ARCHIVE  # without --root"], status: .usage)
        }
    }
}
