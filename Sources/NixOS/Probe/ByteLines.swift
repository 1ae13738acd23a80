extension String {
    /// Its lines, split at LF, byte by byte: as characters, what a host says takes ten times as long.
    func byteLines(keepingEmpty: Bool = false) -> [Substring] {
        utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: !keepingEmpty).map(Substring.init)
    }
}
