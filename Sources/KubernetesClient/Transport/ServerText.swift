/// Text that a server sent, safe for one line of an error: no control characters, at most 300 characters.
func serverText(_ text: some StringProtocol) -> String {
    let printable = text.unicodeScalars.prefix(1_200).filter {
        $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
    }
    let kept = String(String.UnicodeScalarView(printable))
    return kept.count <= 300 ? kept : "\(kept.prefix(300))…"
}
