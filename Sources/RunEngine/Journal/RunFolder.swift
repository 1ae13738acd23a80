import FoundationEssentials
public import Plans

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where one machine keeps a run: `runs/RUN/plan.json` and `runs/RUN/journal.jsonl` below its state folder.
public struct RunFolder: Sendable, Hashable {
    public static let planFile = "plan.json"
    public static let journalFile = "journal.jsonl"
    static let planLimit = 64 << 20

    public let path: String

    public init(state: String, run: String) { path = "\(state)/runs/\(run)" }
    public init(_ path: String) { self.path = path }

    public var run: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// Every run that was ever opened here, oldest first: their names are a kind and a time, `upgrade-20260102T030405Z`.
    public static func all(in state: String) -> [RunFolder] {
        guard let folder = opendir("\(state)/runs") else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        func time(_ name: String) -> Substring { name.split(separator: "-").last ?? "" }
        return names.sorted { (time($0), $0) < (time($1), $1) }.map { RunFolder(state: state, run: $0) }
            .filter(\.isThere)
    }

    /// A run was opened here, or brought here.
    public var isThere: Bool { access("\(path)/\(Self.journalFile)", F_OK) == 0 }

    /// The folder itself. Throws ``RunError``.
    public func make() throws(RunError) { try DurableFile.makeFolder(path) }

    /// Writes a plan as the bytes that its digest is of. Throws ``RunError``.
    @discardableResult
    public func write(_ plan: Plan) throws(RunError) -> String {
        try DurableFile.makeFolder(path)
        let bytes = try Self.bytes(of: plan)
        try DurableFile.write("\(path)/\(Self.planFile)", bytes)
        return JournalText.digest(bytes)
    }

    public static func bytes(of plan: Plan) throws(RunError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(plan) else { throw RunError(.cannotWrite, "the plan cannot be written") }
        return Array(data) + [10]
    }

    /// What a run needs beside its plan to go on, without secrets. Throws ``RunError``.
    public func write(_ bytes: [UInt8], as name: String) throws(RunError) {
        try DurableFile.makeFolder(path)
        try DurableFile.write("\(path)/\(name)", bytes)
    }

    public func read(_ name: String) throws(RunError) -> [UInt8]? {
        try DurableFile.read("\(path)/\(name)", limit: Self.planLimit)
    }

    /// Plan and journal, as they are on the disk. Throws ``RunError``: also where the plan is not the one of the journal.
    public func load() throws(RunError) -> LoadedRun {
        guard let plan = try read(Self.planFile), let journal = try read(Self.journalFile) else {
            throw RunError(.cannotRead, "\(path) has no plan or no journal")
        }
        return try LoadedRun(plan: plan, journal: journal)
    }

    /// Puts one that was found elsewhere here. Throws ``RunError``.
    public func adopt(_ run: LoadedRun) throws(RunError) {
        try DurableFile.makeFolder(path)
        try DurableFile.write("\(path)/\(Self.planFile)", run.planBytes)
        try DurableFile.write("\(path)/\(Self.journalFile)", Array(run.journal.texts.joined().utf8))
    }
}

/// A run as its files have it.
public struct LoadedRun: Sendable, Hashable {
    public var plan: Plan
    public var planBytes: [UInt8]
    public var journal: JournalText

    /// Throws ``RunError``: `journalDamaged`, `otherPlan`.
    public init(plan bytes: [UInt8], journal text: [UInt8]) throws(RunError) {
        journal = try JournalText(parsing: text)
        guard case .opened(_, let digest, _) = journal.events.first else {
            throw RunError(.journalDamaged, "the journal does not begin with the run's opening")
        }
        guard JournalText.digest(bytes) == digest else {
            throw RunError(.otherPlan, "the plan beside the journal is not the one that was confirmed")
        }
        struct Header: Decodable { var schema: Int }
        let schema = (try? JSONDecoder().decode(Header.self, from: Data(bytes)))?.schema ?? 0
        guard schema <= Plan.currentSchema else {
            throw RunError(
                .otherPlan,
                "a newer kupgrade made the plan: its schema is \(schema), and \(Plan.currentSchema) is known")
        }
        do {
            plan = try JSONDecoder().decode(Plan.self, from: Data(bytes))
        } catch {
            throw RunError(.otherPlan, "the plan beside the journal cannot be read")
        }
        planBytes = bytes
    }

    public var state: RunState { RunState(plan, events: journal.events) }
    public var isOpen: Bool { state.ending == nil }
}

/// The journal of a run that is performed here: its end is on the disk before anything is done.
public struct JournalWriter: Sendable {
    public let folder: RunFolder
    public private(set) var journal: JournalText

    /// A journal that is there is gone on with; a torn last line is cut off. Throws ``RunError``.
    public init(_ folder: RunFolder) throws(RunError) {
        self.folder = folder
        guard let bytes = try folder.read(RunFolder.journalFile) else {
            journal = JournalText()
            return
        }
        journal = try JournalText(parsing: bytes)
        guard journal.wasTorn else { return }
        let whole = journal.texts.reduce(0) { $0 + $1.utf8.count }
        try DurableFile.cut("\(folder.path)/\(RunFolder.journalFile)", to: whole)
    }

    public mutating func append(_ event: RunEvent, at time: String) throws(RunError) {
        let text = try journal.append(event, at: time)
        try DurableFile.append("\(folder.path)/\(RunFolder.journalFile)", Array(text.utf8))
    }
}
