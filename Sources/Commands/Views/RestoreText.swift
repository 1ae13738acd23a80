import Plans
import UpgradePlanning

/// A restore's steps in words.
enum RestoreText {
    static func action(_ action: RestoreAction) -> String {
        switch action {
        case .halt(let units): "stop and hold \(list(units))"
        case .stageSnapshot(_, _, let bytes): "bring etcd's snapshot there (\(Amount.bytes(bytes))) and compare it"
        case .makeData(let member): "make etcd's data from it\(bump(member))"
        case .swapData(let member):
            "put it in place in \(member.dataFolder); what is there is kept as \(member.undoName)"
        case .setAside(let folder, let undoName): "keep what is in \(folder) as \(undoName)"
        case .replaceMember(let name, _): "have the cluster forget its member \(name) and expect a new one of that name"
        case .join: "start etcd as a member that joins"
        case .stageFiles(_, let files): "bring \(Amount.count(files.count, "file")) there and compare them"
        case .putFiles(_, let files): "put \(Amount.count(files.count, "file")) in place: \(folders(files))"
        case .issueCertificates(_, let files, let optional):
            "let cfssl and certmgr make \(Amount.count(files.count + (optional?.count ?? 0), "new leaf certificate")), "
                + "nothing else running"
        case .park(let units): "stop what rebuilds by itself: \(list(units))"
        case .unpark(let units): "start again: \(list(units))"
        case .shield(let port): "let only the host itself reach port \(port)"
        case .unshield(let port): "let everybody reach port \(port) again"
        case .start(let units): "start \(list(units))"
        case .ask(let question): question
        case .settle: "commit: remove what was staged, hold nothing any more"
        }
    }

    private static func bump(_ member: MemberData) -> String {
        guard let bump = member.revisionBump else {
            return ", at its own revision: etcd \(member.version) cannot move it on"
        }
        return ", \(bump) revisions on"
    }

    private static func list(_ units: [String]) -> String {
        units.map { $0.hasSuffix(".service") ? String($0.dropLast(".service".count)) : $0 }.joined(separator: ", ")
    }

    private static func folders(_ files: [FileToPut]) -> String {
        Set(files.map { file in String(file.path[..<(file.path.lastIndex(of: "/") ?? file.path.startIndex)]) })
            .sorted().joined(separator: ", ")
    }
}
