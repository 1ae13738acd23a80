/// One line of a journal: an event with its place in the chain.
public struct JournalLine: Codable, Hashable, Sendable {
    /// From 1.
    public var number: Int
    /// RFC 3339 in UTC.
    public var at: String
    public var event: RunEvent
    /// SHA-256 of the line before, without its end, in hex; empty in the first one.
    public var previous: String

    public init(number: Int, at: String, event: RunEvent, previous: String) {
        self.number = number
        self.at = at
        self.event = event
        self.previous = previous
    }
}
