import Crypto
import FoundationEssentials

/// A journal as text: JSON lines, each with the digest of the one before, so that one that was changed or cut is known.
public struct JournalText: Hashable, Sendable {
    public private(set) var lines: [JournalLine] = []
    /// Each with its line end, as they are in the file.
    public private(set) var texts: [String] = []
    /// A torn last line was left out: the process died while it was written, and nothing was done after it.
    public private(set) var wasTorn = false

    public static let limit = 16 << 20

    public init() {}

    /// Reads a file's bytes. Throws ``RunError`` `journalDamaged` for anything but a torn last line.
    public init(parsing bytes: [UInt8]) throws(RunError) {
        guard bytes.count <= Self.limit else { throw RunError(.journalDamaged, "the journal is larger than it may be") }
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let end = rest.firstIndex(of: 10) else {
                wasTorn = true
                return
            }
            let text = rest[..<end]
            rest = rest[(end + 1)...]
            do {
                try add(Array(text))
            } catch {
                // The disk may have kept the length of the last line and not its bytes.
                guard rest.isEmpty, text.allSatisfy({ $0 == 0 }) else { throw error }
                wasTorn = true
            }
        }
    }

    private mutating func add(_ bytes: [UInt8]) throws(RunError) {
        let number = lines.count + 1
        guard let line = try? JSONDecoder().decode(JournalLine.self, from: Data(bytes)) else {
            // It has its place in the chain, and an event that nobody knew.
            struct Place: Decodable { var number: Int, previous: String }
            if let place = try? JSONDecoder().decode(Place.self, from: Data(bytes)), place.number == number,
                place.previous == digest
            {
                throw RunError(.journalNewer, "a newer kupgrade wrote line \(number) of the journal")
            }
            throw RunError(.journalDamaged, "line \(number) of the journal cannot be read")
        }
        guard line.number == number, line.previous == digest else {
            throw RunError(.journalDamaged, "line \(number) of the journal does not follow the one before")
        }
        lines.append(line)
        texts.append(String(decoding: bytes, as: UTF8.self) + "\n")
    }

    /// Adds an event at the end, and returns its line as it goes into the file.
    public mutating func append(_ event: RunEvent, at time: String) throws(RunError) -> String {
        let line = JournalLine(number: lines.count + 1, at: time, event: event, previous: digest)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(line) else {
            throw RunError(.journalDamaged, "an event cannot be written as JSON")
        }
        let text = String(decoding: data, as: UTF8.self) + "\n"
        lines.append(line)
        texts.append(text)
        return text
    }

    public var events: [RunEvent] { lines.map(\.event) }

    /// Of the last line, in hex; empty before the first.
    private var digest: String {
        guard let last = texts.last else { return "" }
        return Self.digest(Array(last.utf8.dropLast()))
    }

    public static func digest(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Whether one is the beginning of the other.
    public func agrees(with other: JournalText) -> Bool {
        zip(texts, other.texts).allSatisfy { $0 == $1 }
    }
}
