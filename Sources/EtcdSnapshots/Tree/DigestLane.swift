import Crypto
import Dispatch
import Synchronization

/// Digests on a thread of its own, while the one who gave the bytes reads them too.
final class DigestLane: Sendable {
    private let hash = Mutex(SHA256())
    private let queue = DispatchQueue(label: "snapshot digest")
    private let group = DispatchGroup()

    /// Below this the way to another thread costs more than it saves.
    private static let worthwhile = 128 << 10

    /// Takes the next bytes, in the order of the calls.
    func take(_ bytes: [UInt8], _ range: Range<Int>) {
        guard range.count >= Self.worthwhile else {
            wait()
            return update(bytes, range)
        }
        queue.async(group: group) { self.update(bytes, range) }
    }

    /// Until all that it was given is digested.
    func wait() { group.wait() }

    /// The digest of all so far; more can follow.
    func state() -> SHA256 {
        wait()
        return hash.withLock { $0 }
    }

    private func update(_ bytes: [UInt8], _ range: Range<Int>) {
        hash.withLock { hash in
            bytes.withUnsafeBytes { hash.update(bufferPointer: $0.slice(range)) }
        }
    }
}
