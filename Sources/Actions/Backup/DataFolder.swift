import Backups
import Crypto
public import NodeAccess
public import UpgradePlanning

/// etcd's database as it lies on a node whose etcd does not start, with the digest behind it that etcd would have sent.
public struct DataFolder: Sendable {
    public var node: NodeName
    /// `nil`: where the node's unit has it.
    public var path: String?

    public init(node: NodeName, path: String?) {
        self.node = node
        self.path = path
    }

    static let defaultPath = "/var/lib/etcd"
    private static let limit = 16 << 30

    /// Hands over the database and then its digest. Throws `BackupError` `cannotRead`, also where etcd has it open.
    func read(
        _ host: HostFacts, _ session: any NodeSession,
        receive: @escaping @Sendable ([UInt8], Int64) async throws -> Void
    ) async throws {
        let file = self.file(host)
        let size = try await self.size(of: file, session)
        let digest = Digest()
        // etcd locks its database for as long as it has it open, and cannot start while this reads.
        let command = NodeCommand(
            ["flock", "--nonblock", "--shared", "--conflict-exit-code", "75", file, "cat", "--", file],
            outputLimit: Self.limit, deadline: .seconds(1_800))
        let result = try await session.stream(command) { bytes in
            await digest.add(bytes)
            try await receive(bytes, size)
        }
        guard result.exitCode == 0 else {
            throw BackupError(.cannotRead, "\(file) on \(node) cannot be read to its end")
        }
        try await receive(await digest.finish(), size)
    }

    /// Bytes of the database and its digest. Throws `BackupError` `cannotRead`, as reading it would.
    public func size(_ host: HostFacts, _ session: any NodeSession) async throws -> Int64 {
        try await size(of: file(host), session)
    }

    private func file(_ host: HostFacts) -> String {
        let line = host.unit(Component.etcd.unit)?.commandLine
        let folder =
            path ?? line?.value(of: "--data-dir") ?? line?.environment["ETCD_DATA_DIR"] ?? Self.defaultPath
        return "\(folder)/member/snap/db"
    }

    /// With the digest.
    private func size(of file: String, _ session: any NodeSession) async throws -> Int64 {
        let script = #"[ -f "$1" ] && flock --nonblock --shared "$1" true || exit 75; stat --format=%s -- "$1""#
        let result = try await session.run(.script(script, arguments: [file]))
        if result.exitCode == 75 {
            throw BackupError(.cannotRead, "\(file) on \(node) is not there, or etcd has it open")
        }
        guard result.exitCode == 0, let size = Int64(result.outputText.filter(\.isNumber)) else {
            throw BackupError(.cannotRead, "\(file) on \(node) cannot be read")
        }
        return size + Int64(SHA256.byteCount)
    }

    private actor Digest {
        private var hash = SHA256()

        func add(_ bytes: [UInt8]) { hash.update(data: bytes) }
        func finish() -> [UInt8] { Array(hash.finalize()) }
    }
}
