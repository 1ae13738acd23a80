import FoundationEssentials

/// The file that a kubelet's `--config` names; NixOS writes it as JSON into the store.
enum KubeletConfiguration {
    /// The feature gates it sets, whatever to; empty where the file is not here or is no JSON.
    static func gates(of arguments: [String]) -> [String] {
        guard let argument = arguments.first(where: { $0.hasPrefix("--config=/nix/store/") }),
            let data = FileManager.default.contents(atPath: String(argument.dropFirst("--config=".count))),
            data.count <= 1 << 20
        else { return [] }
        return parse(data).keys.sorted()
    }

    static func parse(_ data: Data) -> [String: Bool] {
        struct Configuration: Decodable { var featureGates: [String: Bool]? }
        return (try? JSONDecoder().decode(Configuration.self, from: data))?.featureGates ?? [:]
    }
}
