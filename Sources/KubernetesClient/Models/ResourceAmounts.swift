/// Amounts of what a pod asks for.
public struct ResourceAmounts: Hashable, Sendable {
    /// Thousandths of a processor.
    public var milliCPU: Int64
    public var memoryBytes: Int64
    /// Whole numbers of extended resources, as device plugins offer them: `nvidia.com/gpu`.
    public var devices: [String: Int64]

    /// Nothing.
    public static let none = ResourceAmounts(milliCPU: 0, memoryBytes: 0)

    public init(milliCPU: Int64, memoryBytes: Int64, devices: [String: Int64] = [:]) {
        self.milliCPU = milliCPU
        self.memoryBytes = memoryBytes
        self.devices = devices
    }

    /// Both together; what does not fit stays at `Int64.max`.
    public static func + (left: ResourceAmounts, right: ResourceAmounts) -> ResourceAmounts {
        func sum(_ first: Int64, _ second: Int64) -> Int64 {
            let (value, overflow) = first.addingReportingOverflow(second)
            return overflow ? .max : value
        }
        return ResourceAmounts(
            milliCPU: sum(left.milliCPU, right.milliCPU), memoryBytes: sum(left.memoryBytes, right.memoryBytes),
            devices: left.devices.merging(right.devices, uniquingKeysWith: sum))
    }

    /// The larger of each.
    static func larger(_ left: ResourceAmounts, _ right: ResourceAmounts) -> ResourceAmounts {
        ResourceAmounts(
            milliCPU: max(left.milliCPU, right.milliCPU), memoryBytes: max(left.memoryBytes, right.memoryBytes),
            devices: left.devices.merging(right.devices, uniquingKeysWith: max))
    }
}

extension ResourceAmounts: Decodable {
    private enum CodingKeys: CodingKey {
        case cpu, memory
    }

    /// Reads `{"cpu": "100m", "memory": "1Gi"}`; what is not named is zero.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        milliCPU = try container.decodeIfPresent(Quantity.self, forKey: .cpu)?.milliUnits ?? 0
        memoryBytes = try container.decodeIfPresent(Quantity.self, forKey: .memory)?.units ?? 0
        devices = try [String: Quantity](from: decoder).filter { Self.isDevice($0.key) }.mapValues(\.units)
    }

    /// Names with a domain are extended resources; the domain of Kubernetes itself is not theirs
    /// (https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#extended-resources).
    static func isDevice(_ name: String) -> Bool { name.contains("/") && !name.hasPrefix("kubernetes.io/") }
}
