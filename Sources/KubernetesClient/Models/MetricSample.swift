/// One line of Prometheus' text format: `name{label="value",…} 1`.
struct MetricSample: Equatable {
    var labels: [String: String]
    var value: Double

    /// Reads a line with labels; `nil` for one that breaks the format. In a label's value `\\`, `\"` and `\n` stand
    /// for a backslash, a quote and a line feed. A time after the value is passed over.
    init?(parsing line: some Sequence<UInt8>) {
        var rest = Array(line)[...]
        rest = rest.drop { $0 != UInt8(ascii: "{") }.dropFirst()
        guard let labels = Self.labels(&rest) else { return nil }
        let words = rest.split(separator: 0x20)
        guard (1...2).contains(words.count), let value = Double(String(decoding: words[0], as: UTF8.self)) else {
            return nil
        }
        self.labels = labels
        self.value = value
    }

    private static func labels(_ rest: inout ArraySlice<UInt8>) -> [String: String]? {
        var labels: [String: String] = [:]
        while true {
            rest = rest.drop { $0 == 0x20 }
            if rest.first == UInt8(ascii: "}") {
                rest.removeFirst()
                return labels
            }
            let name = rest.prefix { $0 != UInt8(ascii: "=") }
            rest = rest.dropFirst(name.count + 1)
            guard !name.isEmpty, rest.popFirst() == UInt8(ascii: "\""), let value = quoted(&rest) else { return nil }
            labels[String(decoding: name, as: UTF8.self)] = value
            if rest.first == UInt8(ascii: ",") {
                rest.removeFirst()
            } else if rest.first != UInt8(ascii: "}") {
                return nil
            }
        }
    }

    /// Up to the closing quote, which is taken too; `nil` when there is none or an escape is unknown.
    private static func quoted(_ rest: inout ArraySlice<UInt8>) -> String? {
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                switch rest.popFirst() {
                case UInt8(ascii: "\\"): bytes.append(UInt8(ascii: "\\"))
                case UInt8(ascii: "\""): bytes.append(UInt8(ascii: "\""))
                case UInt8(ascii: "n"): bytes.append(UInt8(ascii: "\n"))
                default: return nil
                }
            default: bytes.append(byte)
            }
        }
        return nil
    }
}
