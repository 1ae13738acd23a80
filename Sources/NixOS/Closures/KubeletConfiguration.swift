import FoundationEssentials

/// The file that a kubelet's `--config` names; NixOS writes it as JSON into the store.
struct KubeletConfiguration {
    /// The feature gates it sets, each with what to; empty where the file is not here or is no JSON.
    static func gates(of arguments: [String]) -> [String: String] {
        guard let argument = arguments.first(where: { $0.hasPrefix("--config=/nix/store/") }),
            let data = FileManager.default.contents(atPath: String(argument.dropFirst("--config=".count))),
            data.count <= 1 << 20
        else { return [:] }
        return Self(data).gates.mapValues { $0 ? "true" : "false" }
    }

    let gates: [String: Bool]
    /// Whether it refuses to start on version 1 of control groups; `nil` leaves it to the kubelet: yes from 1.35 on.
    let failsOnOldControlGroups: Bool?

    init(_ data: Data) {
        struct Configuration: Decodable {
            var featureGates: [String: Bool]?
            var failCgroupV1: Bool?
        }
        let read = try? JSONDecoder().decode(Configuration.self, from: data)
        gates = read?.featureGates ?? [:]
        failsOnOldControlGroups = read?.failCgroupV1
    }
}
