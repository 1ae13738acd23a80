/// The bytes of an iPAddress alternative name as text: dotted for four, RFC 5952 for sixteen, `nil` for any other count
/// (RFC 5280 4.2.1.6 allows only these two in a certificate).
func addressText(_ bytes: some Collection<UInt8>) -> String? {
    let bytes = Array(bytes)
    switch bytes.count {
    case 4: return bytes.map(String.init).joined(separator: ".")
    case 16: return versionSixText(bytes)
    default: return nil
    }
}

private func versionSixText(_ bytes: [UInt8]) -> String {
    let groups = stride(from: 0, to: 16, by: 2).map { Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]) }
    let hex = groups.map { String($0, radix: 16) }
    guard let gap = longestZeroRun(groups) else { return hex.joined(separator: ":") }
    return hex[..<gap.lowerBound].joined(separator: ":") + "::" + hex[gap.upperBound...].joined(separator: ":")
}

/// RFC 5952 4.2: the first of the longest runs of two or more zero groups.
private func longestZeroRun(_ groups: [Int]) -> Range<Int>? {
    var longest: Range<Int>?
    var start = 0
    while start < groups.count {
        let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
        if end - start >= 2, end - start > (longest?.count ?? 0) { longest = start..<end }
        start = max(end, start + 1)
    }
    return longest
}
