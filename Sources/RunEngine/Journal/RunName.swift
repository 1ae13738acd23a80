/// What a run is called: a kind and a moment, `upgrade-20260102T030405Z`.
///
/// Names come from nodes, too, and go into paths, units and scripts there: nothing else is accepted.
public enum RunName {
    public static func isValid(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, name.utf8.count <= 64 else { return false }
        let isKind = !parts[0].isEmpty && parts[0].allSatisfy { ("a"..."z").contains($0) }
        let time = parts[1]
        let digits = time.filter { ("0"..."9").contains($0) }
        return isKind && time.count == 16 && digits.count == 14 && Array(time)[8] == "T" && time.last == "Z"
    }
}
