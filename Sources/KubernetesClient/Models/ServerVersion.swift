/// What `/version` says.
public struct ServerVersion: Decodable, Hashable, Sendable {
    /// `v1.20.2`, with whatever the distribution appends: `v1.20.2+k3s1`.
    public var gitVersion: String
    /// `1` and `20`, the latter with a `+` on some builds.
    public var major: String
    public var minor: String
    /// The version it behaves as, where it was started with `--emulated-version` (Kubernetes 1.31 and later, KEP-4330).
    public var emulationMajor: String?
    public var emulationMinor: String?
}
