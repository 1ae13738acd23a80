import Backups
public import NodeAccess
import Plans
import RunEngine
import Secrets

/// Performs the steps of a restore on their hosts.
public struct RestorePerformer: Sendable {
    /// Where archives' content comes from; `nil` in a process that was given none: steps that need it say so.
    let source: ArchiveSource?
    let sessions: [String: any NodeSession]
    /// Hosts of the archive by the hosts that take their places.
    let origins: [String: String]
    /// A person's answer; `nil`: nobody can be asked.
    let ask: @Sendable (String) async throws -> Bool

    /// How a step's detail begins where units could not be held for longer than this boot.
    public static let volatileHold = "held until the next boot only"

    public init(
        source: ArchiveSource?, sessions: [String: any NodeSession], origins: [String: String],
        ask: @escaping @Sendable (String) async throws -> Bool
    ) {
        self.source = source
        self.sessions = sessions
        self.origins = origins
        self.ask = ask
    }

    func survey(_ action: RestoreAction, _ step: Step) async throws -> RunMachine.Survey {
        switch action {
        case .halt(let units): return try await surveyHalt(units, step)
        case .stageSnapshot(let folder, let sha256, _):
            return try await yes(data(step, Self.data(of: folder), folder, "brought", sha256))
        case .makeData(let member): return try await yes(data(step, member.dataFolder, member.stage, "made"))
        case .swapData(let member):
            let answer = try await data(step, member.dataFolder, member.stage, "swapped", member.undoName).first
            return answer == "yes" ? .asPlanned : .open(prior: answer)
        case .stageFiles(let folder, let files):
            let owners = try await script(step, FileScript.text).run(
                ["owners", folder, "x"], input: FileLines.lines(files))
            guard owners.isEmpty else {
                return .refused(
                    "the host has no user or group \(owners.joined(separator: ", ")): is the module enabled there?")
            }
            return try await yes(script(step, FileScript.text).run(["brought", folder, "x"]))
        case .putFiles(let folder, let files):
            let differing = try await script(step, FileScript.text).run(
                ["look", folder, Self.set(step)], input: FileLines.lines(files))
            return differing.isEmpty ? .asPlanned : .open(prior: nil)
        case .issueCertificates(let folder, _, _):
            return try await yes(script(step, FileScript.text).run(["isdone", folder, Self.set(step)]))
        case .start(let units): return try await yes(script(step, UnitScript.text).run(["started"] + units))
        case .setAside(let folder, let undoName):
            let there = try await script(step, Self.looks).run([folder, undoName])
            return there.first == "aside" ? .asPlanned : .open(prior: there.first)
        case .join: return try await yes(script(step, UnitScript.text).run(["started", "etcd.service"]))
        case .shield(let port):
            return try await yes(script(step, ShieldScript.text).run(["is", "\(port)"]))
        case .park(let units): return try await yes(script(step, UnitScript.text).run(["parked"] + units))
        case .unpark(let units): return try await yes(script(step, UnitScript.text).run(["unparked"] + units))
        case .ask, .settle, .replaceMember, .unshield: return .open(prior: nil)
        }
    }

    /// Whether data was moved aside: `aside`, `there`, or `none` where there is nothing to move.
    private static let looks =
        #"if [ -e "$1/$2" ] && [ ! -e "$1/member" ]; then echo aside; elif [ -e "$1/member" ]; then echo there; else echo none; fi"#

    func perform(
        _ action: RestoreAction, _ step: Step, prior: String?, report: @escaping @Sendable (String) -> Void
    ) async throws -> String? {
        switch action {
        case .halt(let units):
            let said = try await script(step, UnitScript.text).run(["halt"] + units, limit: .seconds(240))
            return said.contains("volatile") ? "\(Self.volatileHold): /etc cannot be written" : nil
        case .stageSnapshot(let folder, let sha256, let bytes):
            try await bring(step, folder, sha256, bytes, report)
        case .makeData(let member):
            try await data(
                step, member.dataFolder, member.stage, ["make"], Self.arguments(member), limit: .seconds(900))
        case .swapData(let member):
            try await data(step, member.dataFolder, member.stage, "swap", member.undoName)
        case .stageFiles(let folder, let files): try await bring(step, files, to: folder)
        case .putFiles(let folder, let files):
            try await script(step, FileScript.text).run(
                ["put", folder, Self.set(step)], input: FileLines.lines(files), limit: .seconds(120))
        case .issueCertificates(let folder, let files, let optional):
            return try await issue(step, folder, files, optional ?? [], report)
        case .shield(let port):
            let said = try await script(step, ShieldScript.text).run(
                ["on", "\(port)", HostScript.head + ShieldScript.text]
            ).first
            return said == "none"
                ? "the host has neither iptables nor nft: what still runs in containers reaches the apiserver at once"
                : nil
        case .unshield(let port): try await script(step, ShieldScript.text).run(["off", "\(port)"])
        case .park(let units):
            try await script(step, UnitScript.text).run(["park"] + units, limit: .seconds(150))
        case .unpark(let units): try await script(step, UnitScript.text).run(["unpark"] + units)
        case .start(let units): try await script(step, UnitScript.text).run(["start"] + units)
        case .ask(let question):
            guard try await ask(question) else { throw Abandoned() }
        case .settle(let folders): try await settle(step, folders)
        case .setAside(let folder, let undoName):
            try await script(step, DataScript.text).run(["aside", folder, "none", undoName])
        case .join(let cluster): try await script(step, UnitScript.text).run(["join", cluster])
        case .replaceMember: throw RunError(.cannotRead, "a member is replaced by the cluster, not by a host")
        }
        return nil
    }

    func undo(
        _ action: RestoreAction, _ step: Step, prior: String?, report: @escaping @Sendable (String) -> Void
    ) async throws {
        switch action {
        case .halt(let units):
            let words = (prior ?? "0").split(separator: " ").map(String.init)
            try await script(step, UnitScript.text).run(
                ["unhalt", words.first ?? "0"] + units + ["--"] + words.dropFirst(), limit: .seconds(60))
        case .stageSnapshot(let folder, _, _): try await data(step, Self.data(of: folder), folder, "remove")
        case .makeData(let member): try await data(step, member.dataFolder, member.stage, "unmake")
        case .swapData(let member):
            try await holdEtcd(step)
            try await data(step, member.dataFolder, member.stage, ["unswap"], [member.undoName, prior ?? "0"])
        case .stageFiles(let folder, _): try await script(step, FileScript.text).run(["unbring", folder, "x"])
        case .putFiles(let folder, let files):
            try await script(step, FileScript.text).run(
                ["unput", folder, Self.set(step)], input: FileLines.lines(files), limit: .seconds(120))
        case .issueCertificates(let folder, let files, let optional):
            try await script(step, UnitScript.text).run(["halt"] + Self.issuers, limit: .seconds(150))
            try await script(step, FileScript.text).run(
                ["unclear", folder, Self.set(step)], input: Self.cleared(files + (optional ?? [])))
        case .shield(let port): try await script(step, ShieldScript.text).run(["off", "\(port)"])
        case .park(let units): try await script(step, UnitScript.text).run(["unpark"] + units)
        case .start(let units):
            try await script(step, UnitScript.text).run(["halt"] + units, limit: .seconds(240))
        case .setAside(let folder, let undoName):
            try await holdEtcd(step)
            try await script(step, DataScript.text).run(["unaside", folder, "none", undoName])
        case .join:
            try await script(step, UnitScript.text).run(["halt", "etcd.service"], limit: .seconds(240))
            try await script(step, UnitScript.text).run(["unjoin"])
        case .ask, .settle, .replaceMember, .unshield, .unpark: break
        }
    }

    /// Where units could be held until a boot only, that boot may have come since.
    private func holdEtcd(_ step: Step) async throws {
        try await script(step, UnitScript.text).run(["halt", "etcd.service"], limit: .seconds(240))
    }
}

extension RestorePerformer {
    private func surveyHalt(_ units: [String], _ step: Step) async throws -> RunMachine.Survey {
        let answer = try await script(step, UnitScript.text).run(["look"] + units)
        guard answer.count == 2 else { throw RunError(.cannotRead, "systemctl says nothing of the units") }
        let runs = answer[1].split(separator: " ").dropFirst()
        return answer[0] == "1" && runs.isEmpty ? .asPlanned : .open(prior: answer[1])
    }

    /// The snapshot, piece by piece.
    private func bring(
        _ step: Step, _ folder: String, _ sha256: String, _ bytes: Int64, _ report: @escaping @Sendable (String) -> Void
    ) async throws {
        let source = try archive()
        let script = try self.script(step, DataScript.text)
        let data = Self.data(of: folder)
        try await script.run(["open", data, folder])
        try await source.snapshot { piece, offset in
            try await script.run(["append", data, folder, "\(offset)"], input: piece, limit: .seconds(300))
            report("\((offset + Int64(piece.count)) * 100 / max(1, bytes)) % of etcd's snapshot")
        }
        try await script.run(["close", data, folder, sha256], limit: .seconds(600))
    }

    private func bring(_ step: Step, _ files: [FileToPut], to folder: String) async throws {
        let node = step.node ?? ""
        let wanted = Set(files.filter { $0.sha256 != nil }.map(\.path))
        let contents = try archive().files(of: origins[node] ?? node, wanted)
        var input: [UInt8] = []
        for file in files {
            guard let digest = file.sha256 else { continue }
            guard let bytes = contents[file.path] else {
                throw RunError(.cannotRead, "the archive has no \(file.path) of \(node) any more")
            }
            input += Array("\(bytes.count) \(digest)\n".utf8) + bytes
        }
        defer { SecretBytes.overwrite(&input) }
        try await script(step, FileScript.text).run(["bring", folder, "x"], input: input, limit: .seconds(120))
    }

    private func issue(
        _ step: Step, _ folder: String, _ files: [String], _ optional: [String],
        _ report: @escaping @Sendable (String) -> Void
    ) async throws -> String? {
        let units = Self.issuers
        let script = try self.script(step, FileScript.text)
        try await script.run(["clear", folder, Self.set(step)], input: Self.cleared(files + optional))
        // Anew: one that runs since before looks again only after half an hour.
        try await self.script(step, UnitScript.text).run(["halt"] + units, limit: .seconds(150))
        try await self.script(step, UnitScript.text).run(["start"] + units)
        var patience = Self.optionalSeconds
        for _ in 0..<180 {
            let missing = try await script.run(
                ["there", folder, Self.set(step)], input: Self.leafs(files))
            let others = try await script.run(["there", folder, Self.set(step)], input: Self.leafs(optional))
            if missing.isEmpty, others.isEmpty || patience == 0 {
                try await self.script(step, UnitScript.text).run(["halt"] + units, limit: .seconds(150))
                try await script.run(["done", folder, Self.set(step)])
                return others.isEmpty
                    ? nil : "nothing here has \(others.joined(separator: ", ")) made, and nothing uses it"
            }
            if missing.isEmpty { patience -= 1 }
            report("certmgr has not made \((missing + others)[0]) yet")
            try await Task.sleep(for: .seconds(1))
        }
        try await self.script(step, UnitScript.text).run(["halt"] + units, limit: .seconds(150))
        if try await script.run(["there", folder, Self.set(step)], input: Self.leafs(files)).isEmpty {
            try await script.run(["done", folder, Self.set(step)])
            return "those that nothing is known to use were not all made"
        }
        throw RunError(.cannotWrite, "certmgr made no certificates within 3 min: journalctl -u certmgr -u cfssl")
    }

    /// How long those are waited for that nobody is known to use.
    private static let optionalSeconds = 20
    private static let issuers = ["certmgr.service", "cfssl.service"]

    private func settle(_ step: Step, _ folders: [String]) async throws {
        for folder in folders {
            if folder.contains("/.kupgrade-") {
                try await data(step, Self.data(of: folder), folder, "remove")
            } else {
                try await script(step, FileScript.text).run(["settle", folder, "x"])
            }
        }
        try await script(step, UnitScript.text).run(["free"])
    }
}

extension RestorePerformer {
    func script(_ step: Step, _ text: String) throws -> HostScript {
        guard let node = step.node, let session = sessions[node] else {
            throw RunError(.cannotRead, "\(step.node ?? "the node") cannot be reached")
        }
        return HostScript(session, text)
    }

    private func archive() throws -> ArchiveSource {
        guard let source else {
            throw RunError(
                .cannotRead, "this step brings something from the archive: name it with --archive and --identity")
        }
        return source
    }

    private func yes(_ answer: [String]) -> RunMachine.Survey { answer.first == "yes" ? .asPlanned : .open(prior: nil) }

    @discardableResult
    private func data(_ step: Step, _ folder: String, _ stage: String, _ words: String...) async throws -> [String] {
        try await data(step, folder, stage, Array(words.prefix(1)), Array(words.dropFirst()))
    }

    @discardableResult
    private func data(
        _ step: Step, _ folder: String, _ stage: String, _ verb: [String], _ words: [String],
        limit: Duration = .seconds(120)
    ) async throws -> [String] {
        try await script(step, DataScript.text).run(verb + [folder, stage] + words, limit: limit)
    }

    /// `/var/lib/etcd` of `/var/lib/etcd/.kupgrade-RUN`.
    private static func data(of stage: String) -> String {
        String(stage[..<(stage.lastIndex(of: "/") ?? stage.endIndex)])
    }

    /// One name for what a step keeps of the host.
    static func set(_ step: Step) -> String { step.id.split(separator: "/").last.map(String.init) ?? "files" }

    /// What certmgr replaces: leafs are taken away; the service accounts' pair, which it makes anew under another authority,
    /// is only kept (`=`), so that an undo has it.
    private static func cleared(_ files: [String]) -> [UInt8] {
        leafs(files) + Array("=\(accounts).pem\n=\(accounts)-key.pem\n".utf8)
    }

    private static let accounts = "/var/lib/kubernetes/secrets/service-account"

    private static func leafs(_ files: [String]) -> [UInt8] {
        Array(files.flatMap { ["\($0)\n", "\($0.dropLast(4))-key.pem\n"] }.joined().utf8)
    }

    private static func arguments(_ member: MemberData) -> [String] {
        var words = [
            member.programs, member.owner, "--name", member.name, "--initial-cluster", member.initialCluster,
            "--initial-advertise-peer-urls", member.peerURLs.joined(separator: ","), "--initial-cluster-token",
            member.token,
        ]
        if let bump = member.revisionBump { words += ["--bump-revision", "\(bump)", "--mark-compacted"] }
        return words
    }
}

/// Files as ``FileScript`` reads them.
enum FileLines {
    static func lines(_ files: [FileToPut]) -> [UInt8] {
        Array(
            files.enumerated().map { index, file in
                let kind = file.isFolder ? "d" : file.link == nil ? "f" : "l"
                let said = file.sha256 ?? file.link ?? "-"
                let fields = [
                    "\(index)", file.path, file.owner.isEmpty ? "root" : file.owner,
                    file.group.isEmpty ? "root" : file.group, String(file.mode, radix: 8), kind, said,
                ]
                return fields.joined(separator: "\t") + "\n"
            }.joined().utf8)
    }
}
