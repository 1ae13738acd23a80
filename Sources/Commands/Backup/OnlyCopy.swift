import Backups
import FoundationEssentials
import UpgradePlanning

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Whether archives would go down with what they are of: a copy on etcd's own disk is no backup.
struct OnlyCopy {
    let folder: ArchiveFolder
    let file: ClusterFile
    var etcdFolder = OnlyCopy.etcdFolder()

    /// No replica has the newest proven one, and it lies on the file system of an etcd of this host.
    func isOnEtcdsDisk(_ entries: [ArchiveFacts]) -> Bool {
        guard let newest = entries.first(where: { $0.grade == .proven }) else { return false }
        let notes = folder.notes(of: newest.name)
        // One that another host brought here is on that host, too.
        guard notes.isOwn == true, notes.replicas.isEmpty else { return false }
        guard access(etcdFolder, F_OK) == 0 else { return false }
        let table = FileManager.default.contents(atPath: "/proc/self/mountinfo") ?? Data()
        return Mounts(String(decoding: table, as: UTF8.self), source: Self.resolved)
            .haveOneDevice(Self.resolved(etcdFolder), Self.resolved(folder.path))
    }

    private static let units = "/etc/systemd/system"
    private static let unitLimit = 1 << 20

    /// Where this host's etcd has its data, as its unit says; where it usually is, where none says so.
    private static func etcdFolder() -> String {
        let folder = "\(units)/etcd.service.d"
        let files = ["\(units)/etcd.service"] + FolderListing.names(folder).sorted().map { "\(folder)/\($0)" }
        let text = files.compactMap { try? FileReader.contents($0, limit: unitLimit) }
            .map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
        return "\(dataFolder(ofUnit: text) ?? "/var/lib/etcd")/member"
    }

    /// The last that a unit's text names; pure. A flag is stronger than a variable (etcd's documentation, "Configuration
    /// options").
    static func dataFolder(ofUnit text: String) -> String? {
        ["--data-dir=", "--data-dir ", "ETCD_DATA_DIR="].lazy.compactMap { name in
            text.ranges(of: name).last.map { found in
                String(text[found.upperBound...].prefix { !$0.isWhitespace && $0 != "\"" && $0 != "'" })
            }
        }.first { $0.hasPrefix("/") }
    }

    private static func resolved(_ path: String) -> String {
        guard let target = realpath(path, nil) else { return path }
        defer { free(target) }
        return String(cString: target)
    }
}

/// What lies below folders: pure, from the text of `/proc/self/mountinfo` (proc(5)).
struct Mounts {
    private var entries: [(point: String, devices: Set<String>)] = []

    /// `source`: what a name of a device stands for, as `/dev/disk/by-uuid/…` for `/dev/sda2`.
    init(_ text: String, source resolve: (String) -> String = { $0 }) {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count > 6, let dash = fields.firstIndex(of: "-"), fields.indices.contains(dash + 2) else {
                continue
            }
            entries.append(
                (
                    Self.plain(fields[4]),
                    Self.devices(fields[2], kind: fields[dash + 1], source: fields[dash + 2], resolve)
                ))
        }
    }

    /// Subvolumes of btrfs and datasets of one pool of ZFS have numbers of their own, and one disk.
    func haveOneDevice(_ one: String, _ other: String) -> Bool {
        guard let first = devices(of: one), let second = devices(of: other) else { return false }
        return !first.isDisjoint(with: second)
    }

    /// Of the last mount over the longest point that the path lies below.
    private func devices(of path: String) -> Set<String>? {
        entries.filter { $0.point == "/" || path == $0.point || path.hasPrefix($0.point + "/") }
            .max { $0.point.utf8.count <= $1.point.utf8.count }?.devices
    }

    /// The mount's own number, and its pool or device where it has one.
    private static func devices(
        _ number: String, kind: String, source: String, _ resolve: (String) -> String
    ) -> Set<String> {
        if kind == "zfs" { return [number, "zfs " + source.prefix { $0 != "/" }] }
        return source.hasPrefix("/dev/") ? [number, resolve(source)] : [number]
    }

    /// Blanks are written as `\040`.
    private static func plain(_ text: String) -> String {
        text.replacing("\\040", with: " ").replacing("\\011", with: "\t").replacing("\\134", with: "\\")
    }
}
