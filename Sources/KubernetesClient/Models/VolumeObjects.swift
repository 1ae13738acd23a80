/// A PersistentVolumeClaim, as far as finding its volume is concerned.
public struct VolumeClaim: Decodable, Hashable, Sendable {
    public var namespace: String
    public var name: String
    /// Empty until it is bound.
    public var volumeName: String

    private struct Metadata: Decodable {
        var namespace: String
        var name: String
    }

    private struct Spec: Decodable { var volumeName: String? }
    private enum CodingKeys: CodingKey { case metadata, spec }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let metadata = try container.decode(Metadata.self, forKey: .metadata)
        namespace = metadata.namespace
        name = metadata.name
        volumeName = try container.decode(Spec.self, forKey: .spec).volumeName ?? ""
    }
}

/// A PersistentVolume: what it is made of and where it can be used.
public struct VolumeObject: Decodable, Hashable, Sendable {
    public var name: String
    /// The kind of its source: `local`, `hostPath`, `csi`, …; empty where it has none that is known.
    public var kind: String
    public var path: String?
    public var nodeTerms: [NodeTerm]

    private struct Metadata: Decodable { var name: String }
    private struct Folder: Decodable { var path: String }

    private struct Affinity: Decodable { var required: NodeSelectorTerms? }

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        name = try container.decode(Metadata.self, forKey: Key(stringValue: "metadata")).name
        let spec = try container.nestedContainer(keyedBy: Key.self, forKey: Key(stringValue: "spec"))
        let folder = try ["local", "hostPath"].lazy.compactMap { kind in
            try spec.decodeIfPresent(Folder.self, forKey: Key(stringValue: kind)).map { (kind, $0.path) }
        }.first
        let other = spec.allKeys.map(\.stringValue).first { Self.sources.contains($0) }
        kind = folder?.0 ?? other ?? ""
        path = folder?.1
        let affinity = try spec.decodeIfPresent(Affinity.self, forKey: Key(stringValue: "nodeAffinity"))
        nodeTerms = affinity?.required?.nodeSelectorTerms ?? []
    }

    /// Fields of a volume's spec that name where its data is.
    private static let sources: Set<String> = [
        "csi", "nfs", "iscsi", "fc", "cephfs", "rbd", "glusterfs", "awsElasticBlockStore", "gcePersistentDisk",
        "azureDisk", "azureFile", "vsphereVolume", "cinder", "flexVolume", "flocker", "photonPersistentDisk",
        "portworxVolume", "quobyte", "scaleIO", "storageos",
    ]
}
