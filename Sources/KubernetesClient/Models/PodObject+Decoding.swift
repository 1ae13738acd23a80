extension PodObject {
    private struct Metadata: Decodable {
        struct Owner: Decodable {
            var apiVersion: String
            var kind: String
            var name: String
            var uid: String
            var controller: Bool?
        }

        /// One annotation only: `last-applied-configuration` repeats the whole pod with its environment.
        struct Annotations: Decodable {
            var isMirror: Bool

            private enum CodingKeys: String, CodingKey {
                case mirror = "kubernetes.io/config.mirror"
            }

            init(from decoder: any Decoder) throws {
                isMirror = try decoder.container(keyedBy: CodingKeys.self).contains(.mirror)
            }
        }

        var namespace: String
        var name: String
        var uid: String
        var labels: [String: String]?
        var annotations: Annotations?
        var deletionTimestamp: String?
        var ownerReferences: [Owner]?
    }

    private struct Spec: Decodable {
        struct Container: Decodable {
            struct Resources: Decodable {
                var requests: ResourceAmounts?
            }

            struct Port: Decodable {
                var hostPort: Int?
                var `protocol`: String?
            }

            var resources: Resources?
            var restartPolicy: String?
            var ports: [Port]?

            var requests: ResourceAmounts { resources?.requests ?? .none }
        }

        var nodeName: String?
        var volumes: [VolumeEntry]?
        var terminationGracePeriodSeconds: Int?
        var containers: [Container]?
        var initContainers: [Container]?
        var overhead: ResourceAmounts?
        var nodeSelector: [String: String]?
        var affinity: AffinityEntry?
        var tolerations: [Placement.Toleration]?
        var topologySpreadConstraints: [SpreadEntry]?

        func placement(of labels: [String: String]) -> Placement {
            Placement(
                nodeSelector: nodeSelector ?? [:],
                nodeTerms: affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
                    ?? [],
                tolerations: tolerations ?? [],
                repels: (affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(\.term),
                attracts: (affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(\.term),
                hostPorts: (containers ?? []).flatMap { $0.ports ?? [] }.compactMap { port in
                    port.hostPort.flatMap { $0 > 0 ? "\(port.protocol ?? "TCP")/\($0)" : nil }
                },
                spreads: (topologySpreadConstraints ?? []).compactMap { $0.spread(ofPodWith: labels) })
        }

        /// The scheduler's rule (component-helpers `resource.PodRequests`): the containers and the sidecars (init
        /// containers that restart always) together, or the largest moment of the start, if that is more; and the
        /// runtime's overhead.
        var requests: ResourceAmounts {
            var sidecars = ResourceAmounts.none
            var start = ResourceAmounts.none
            for container in initContainers ?? [] {
                if container.restartPolicy == "Always" {
                    sidecars = sidecars + container.requests
                    start = .larger(start, sidecars)
                } else {
                    start = .larger(start, sidecars + container.requests)
                }
            }
            let running = (containers ?? []).reduce(sidecars) { $0 + $1.requests }
            return .larger(running, start) + (overhead ?? .none)
        }
    }

    private struct Status: Decodable {
        struct Condition: Decodable {
            var type: String
            var status: String
        }

        var phase: String?
        var conditions: [Condition]?
    }

    private enum CodingKeys: CodingKey {
        case metadata, spec, status
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let metadata = try container.decode(Metadata.self, forKey: .metadata)
        let spec = try container.decode(Spec.self, forKey: .spec)
        let status = try container.decodeIfPresent(Status.self, forKey: .status)
        namespace = metadata.namespace
        name = metadata.name
        uid = metadata.uid
        labels = metadata.labels ?? [:]
        deletionTimestamp = metadata.deletionTimestamp
        isMirror = metadata.annotations?.isMirror ?? false
        controller = metadata.ownerReferences?.first { $0.controller == true }.map {
            Controller(apiVersion: $0.apiVersion, kind: $0.kind, name: $0.name, uid: $0.uid)
        }
        nodeName = spec.nodeName ?? ""
        volumes = (spec.volumes ?? []).compactMap(\.volume)
        terminationGracePeriodSeconds = spec.terminationGracePeriodSeconds ?? 30
        requests = spec.requests
        placement = spec.placement(of: labels)
        phase = status?.phase ?? ""
        isReady = status?.conditions?.contains { $0.type == "Ready" && $0.status == "True" } ?? false
    }
}

/// One of `spec.volumes`; `nil` for a kind that moving the pod need not think about.
private struct VolumeEntry: Decodable {
    var volume: PodObject.Volume?

    private enum CodingKeys: CodingKey {
        case name, emptyDir, hostPath, persistentVolumeClaim, ephemeral
    }

    private struct EmptyDirectory: Decodable {
        var sizeLimit: Quantity?
    }

    private struct HostPath: Decodable {
        var path: String
    }

    private struct Claim: Decodable {
        var claimName: String
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let name = try container.decode(String.self, forKey: .name)
        if let empty = try container.decodeIfPresent(EmptyDirectory.self, forKey: .emptyDir) {
            volume = .emptyDirectory(name: name, sizeLimit: empty.sizeLimit?.units)
        } else if let host = try container.decodeIfPresent(HostPath.self, forKey: .hostPath) {
            volume = .hostPath(name: name, path: host.path)
        } else if let claim = try container.decodeIfPresent(Claim.self, forKey: .persistentVolumeClaim) {
            volume = .claim(name: name, claimName: claim.claimName)
        } else if container.contains(.ephemeral) {
            volume = .ephemeral(name: name)
        }
    }
}
