extension NodeObject {
    private struct Metadata: Decodable {
        var name: String
        var uid: String
        var labels: [String: String]?
        var annotations: [String: String]?
    }

    private struct Spec: Decodable {
        var unschedulable: Bool?
        var taints: [Taint]?
    }

    private struct Status: Decodable {
        var conditions: [Condition]?
        var addresses: [Address]?
        var allocatable: Allocatable?
        var nodeInfo: Info?
    }

    private enum CodingKeys: CodingKey {
        case metadata, spec, status
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let metadata = try container.decode(Metadata.self, forKey: .metadata)
        let spec = try container.decodeIfPresent(Spec.self, forKey: .spec)
        let status = try container.decodeIfPresent(Status.self, forKey: .status)
        name = metadata.name
        uid = metadata.uid
        labels = metadata.labels ?? [:]
        annotations = metadata.annotations ?? [:]
        annotations["kubectl.kubernetes.io/last-applied-configuration"] = nil
        isUnschedulable = spec?.unschedulable ?? false
        taints = spec?.taints ?? []
        conditions = status?.conditions ?? []
        addresses = status?.addresses ?? []
        allocatable = status?.allocatable ?? Allocatable()
        info = status?.nodeInfo ?? Info()
    }
}

extension NodeObject.Taint {
    private enum CodingKeys: CodingKey {
        case key, value, effect
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        key = try container.decode(String.self, forKey: .key)
        value = try container.decodeIfPresent(String.self, forKey: .value) ?? ""
        effect = try container.decode(String.self, forKey: .effect)
    }
}

extension NodeObject.Condition {
    private enum CodingKeys: CodingKey {
        case type, status, reason
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        type = try container.decode(String.self, forKey: .type)
        status = try container.decode(String.self, forKey: .status)
        reason = try container.decodeIfPresent(String.self, forKey: .reason) ?? ""
    }
}

extension NodeObject.Allocatable: Decodable {
    private enum CodingKeys: CodingKey {
        case cpu, memory, pods
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        milliCPU = try container.decodeIfPresent(Quantity.self, forKey: .cpu)?.milliUnits ?? 0
        memoryBytes = try container.decodeIfPresent(Quantity.self, forKey: .memory)?.units ?? 0
        pods = Int(clamping: try container.decodeIfPresent(Quantity.self, forKey: .pods)?.units ?? 0)
        devices = try [String: Quantity](from: decoder).filter { ResourceAmounts.isDevice($0.key) }.mapValues(\.units)
    }
}

extension NodeObject.Info: Decodable {
    private enum CodingKeys: CodingKey {
        case kubeletVersion, kubeProxyVersion, containerRuntimeVersion, kernelVersion, osImage, bootID, machineID
        case systemUUID
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) throws -> String { try container.decodeIfPresent(String.self, forKey: key) ?? "" }
        kubeletVersion = try text(.kubeletVersion)
        kubeProxyVersion = try text(.kubeProxyVersion)
        containerRuntimeVersion = try text(.containerRuntimeVersion)
        kernelVersion = try text(.kernelVersion)
        osImage = try text(.osImage)
        bootID = try text(.bootID)
        machineID = try text(.machineID)
        systemUUID = try text(.systemUUID)
    }
}
