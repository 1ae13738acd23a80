/// `--emulated-version` (KEP-4330): an apiserver that writes nothing that the minor it emulates could not read.
enum Emulation {
    /// The minor that an apiserver of this system writes for.
    static func minor(of closure: ClosureFacts?, version: MinorRelease) -> MinorRelease {
        guard let value = closure?.units[Component.apiServer.unit]?.commandLine?.value(of: "--emulated-version") else {
            return version
        }
        // `1.34`, or `kube=1.34,other=…`.
        for part in value.split(separator: ",") {
            let pair = part.split(separator: "=")
            if pair.count == 2, pair[0] != "kube" { continue }
            if let minor = pair.last.flatMap({ MinorRelease(String($0)) }) { return min(minor, version) }
        }
        return version
    }
}
