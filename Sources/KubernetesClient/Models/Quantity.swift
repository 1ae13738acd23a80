/// A Kubernetes quantity: `100m`, `1Gi`, `5e3`, `0.5`.
///
/// Follows apimachinery's `resource.Quantity` in what it reads and in rounding up, with three differences: a number
/// needs at least one digit (Go reads `Ki` and `.` as 0), a negative one is refused (no resource is), and a digit
/// beyond the nineteenth significant one counts as a whole unit of the nineteenth. What does not fit is `Int64.max`,
/// as in Go.
public struct Quantity: Hashable, Sendable {
    /// In whole units (bytes, pods), rounded up.
    public let units: Int64
    /// In thousandths (millicores), rounded up.
    public let milliUnits: Int64

    /// `nil` for text that is no quantity.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 64, let (number, suffix) = Self.split(Array(text.utf8)) else { return nil }
        guard let scale = Scale(suffix: suffix) else { return nil }
        units = number.scaled(by: scale, thousandths: false)
        milliUnits = number.scaled(by: scale, thousandths: true)
    }

    /// The number before the suffix, and the suffix.
    private static func split(_ bytes: [UInt8]) -> (Decimal, ArraySlice<UInt8>)? {
        var rest = bytes[...]
        if rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
        let whole = rest.prefix(while: isDigit)
        rest = rest.dropFirst(whole.count)
        var fraction: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = rest.prefix(while: isDigit)
            rest = rest.dropFirst(fraction.count)
        }
        guard !(whole.isEmpty && fraction.isEmpty) else { return nil }
        return (Decimal(whole: whole, fraction: fraction), rest)
    }
}

extension Quantity: Decodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = Quantity(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a quantity")
        }
        self = value
    }
}

extension Quantity {
    /// What a suffix multiplies by: 10 to a power, times 2 to a power.
    struct Scale {
        var ten = 0
        var two = 0

        /// `nil` for a suffix that does not exist.
        init?(suffix: ArraySlice<UInt8>) {
            switch String(decoding: suffix, as: UTF8.self) {
            case "": break
            case "n": ten = -9
            case "u": ten = -6
            case "m": ten = -3
            case "k": ten = 3
            case "M": ten = 6
            case "G": ten = 9
            case "T": ten = 12
            case "P": ten = 15
            case "E": ten = 18
            case "Ki": two = 10
            case "Mi": two = 20
            case "Gi": two = 30
            case "Ti": two = 40
            case "Pi": two = 50
            case "Ei": two = 60
            default:
                guard let exponent = Self.exponent(suffix) else { return nil }
                ten = exponent
            }
        }

        /// `e3`, `E-3`, `e+03`; more than six digits are beyond any use and refused.
        private static func exponent(_ suffix: ArraySlice<UInt8>) -> Int? {
            guard suffix.first == UInt8(ascii: "e") || suffix.first == UInt8(ascii: "E") else { return nil }
            let number = suffix.dropFirst()
            let isSigned = number.first == UInt8(ascii: "-") || number.first == UInt8(ascii: "+")
            guard (1...6).contains(number.count - (isSigned ? 1 : 0)) else { return nil }
            return Int(String(decoding: number, as: UTF8.self))
        }
    }
}
