/// Text of somebody else's, such as a program's last words on a host, made safe to show.
public enum PlainText {
    /// Without control characters, which could move the cursor or colour what follows; line ends stay.
    public static func lines(_ text: String) -> String { clean(text, keeping: "\n") }

    /// The same on one line.
    public static func line(_ text: String) -> String { clean(text, keeping: nil) }

    private static func clean(_ text: String, keeping kept: Character?) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        return String(
            text.map { character in
                if character == kept || !character.unicodeScalars.contains(where: isControl) { return character }
                return " "
            })
    }

    /// C0, DEL and C1.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }
}
