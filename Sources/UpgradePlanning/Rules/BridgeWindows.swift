/// When nixpkgs carried a minor that no NixOS release brings: where to look for the pin of a bridge.
///
/// nixpkgs has one `kubernetes` attribute, and NixOS has two releases in a year in which Kubernetes has three minors.
public struct BridgeWindow: Hashable, Sendable {
    public let minor: MinorRelease
    /// The NixOS releases between which it is missing: `25.11 to 26.05`.
    public let between: String
    /// When nixpkgs-unstable had it; `nil` when it never did.
    public let months: String?
    /// Patches known to have been there, oldest first.
    public let patches: [String]

    private init(_ minor: Int, between: String, months: String?, patches: [String] = []) {
        self.minor = MinorRelease(major: 1, minor: minor)
        self.between = between
        self.months = months
        self.patches = patches
    }

    /// What is known, ordered by minor.
    public static let known = [
        BridgeWindow(24, between: "22.05 to 22.11", months: nil),
        BridgeWindow(26, between: "22.11 to 23.05", months: "2022-12 to 2023-04", patches: ["1.26.1", "1.26.3"]),
        BridgeWindow(29, between: "23.11 to 24.05", months: "2024-01 to 2024-04", patches: ["1.29.3"]),
        BridgeWindow(32, between: "24.11 to 25.05", months: "2024-12 to 2025-04"),
        BridgeWindow(35, between: "25.11 to 26.05", months: "2025-12 to 2026-04", patches: ["1.35.0", "1.35.3"]),
    ]

    /// One sentence for people; `nil` for a minor that is not in the table.
    public static func sentence(for minor: MinorRelease) -> String? {
        guard let window = known.first(where: { $0.minor == minor }) else { return nil }
        guard let months = window.months else {
            return "nixpkgs never carried \(minor) (NixOS \(window.between)): override the package's version and source"
        }
        let patches = window.patches.isEmpty ? "" : ", with " + window.patches.joined(separator: " and ")
        return "nixpkgs-unstable carried \(minor) from \(months)\(patches)"
    }
}
