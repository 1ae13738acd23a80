import AgeEncryption
import Archiving
import Backups
import EtcdSnapshots
import Foundation
import RunEngine
import UpgradePlanning

/// Changes good inputs at random and gives them to the readers of hostile input, for so many seconds each: whatever comes in,
/// a reader ends with a value or an error. A crash is the only failure, and prints the seed that made it.
///
/// Usage: reader-fuzz SECONDS FOLDER [SEED]. FOLDER: good inputs, `archive.tar`, `snapshot.db`, `journal.jsonl`, `entry.json`.
@main struct ReaderFuzz {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3, let seconds = Double(arguments[1]) else {
            print("usage: reader-fuzz SECONDS FOLDER [SEED]")
            exit(64)
        }
        let seed = arguments.count > 3 ? UInt64(arguments[3]) ?? 1 : UInt64(Date().timeIntervalSince1970)
        for target in targets {
            let input = [UInt8](try Data(contentsOf: URL(filePath: "\(arguments[2])/\(target.file)")))
            try run(target, input, seconds, seed)
        }
    }

    struct Target: Sendable {
        var file: String
        /// How it ended: read, or the sort of error.
        var read: @Sendable ([UInt8]) -> String
    }

    static let targets = [
        Target(file: "archive.tar") { bytes in
            outcome {
                var rest = bytes[...]
                let reader = try ArchiveReader(limits: .init(entries: 1_000, bytes: 1 << 26)) {
                    let part = rest.prefix(4_096)
                    rest = rest.dropFirst(part.count)
                    return Array(part)
                }
                while let entry = try reader.next() {
                    guard ArchiveEntry.isSafe(entry.path) else {
                        fatalError("an unsafe path came through: \(entry.path)")
                    }
                    _ = try reader.contents(entry, limit: 1 << 20)
                }
            }
        },
        Target(file: "snapshot.db") { bytes in
            outcome {
                var walker = SnapshotWalker()
                var offset = 0
                while offset < bytes.count {
                    let end = min(offset + 30_000, bytes.count)
                    try bytes[offset..<end].withUnsafeBytes { try walker.write($0) }
                    offset = end
                }
                _ = try walker.finish()
            }
        },
        Target(file: "journal.jsonl") { bytes in outcome { _ = try JournalText(parsing: bytes) } },
        Target(file: "entry.json") { bytes in
            outcome { _ = try JSONDecoder().decode(ArchiveFacts.self, from: Data(bytes)) }
        },
    ]

    static func outcome(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "read"
        } catch {
            return "\(type(of: error))"
        }
    }

    static func run(_ target: Target, _ input: [UInt8], _ seconds: Double, _ seed: UInt64) throws {
        guard target.read(input) == "read" else { throw Failure(text: "\(target.file) is no good input") }
        var dice = Dice(state: seed)
        var counts: [String: Int] = [:]
        let end = Date(timeIntervalSinceNow: seconds)
        while Date() < end {
            let state = dice.state
            let changed = dice.changed(input)
            if ProcessInfo.processInfo.environment["FUZZ_TRACE"] != nil { print("\(target.file) seed \(state)") }
            counts[target.read(changed), default: 0] += 1
        }
        let words = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        print("\(target.file): \(counts.values.reduce(0, +)) inputs: \(words)")
    }

    struct Failure: Error { var text: String }
}

/// SplitMix64.
struct Dice {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % UInt64(max(1, bound)))
    }

    /// A few bits, bytes, runs, cuts or copies.
    mutating func changed(_ input: [UInt8]) -> [UInt8] {
        var bytes = input
        for _ in 0...next(8) where !bytes.isEmpty {
            let place = next(bytes.count)
            switch next(6) {
            case 0: bytes[place] ^= 1 << UInt8(next(8))
            case 1: bytes[place] = [0, 0xFF, 0x7F, 0x80, 0x2F, 0x2E, 0x0A][next(7)]
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + next(64)))
            case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + next(64))], at: next(bytes.count))
            case 4:
                for index in place..<min(bytes.count, place + 8) { bytes[index] = UInt8(next(256)) }
            default: if next(20) == 0 { bytes.removeLast(min(bytes.count, next(bytes.count))) }
            }
        }
        return bytes
    }
}
