/// A pod, as far as moving it is concerned. Environments and arguments are never decoded: secrets live there.
public struct PodObject: Decodable, Hashable, Sendable {
    /// The owner that brings it back: the one with `controller: true`.
    public struct Controller: Decodable, Hashable, Sendable {
        /// `apps/v1`.
        public var apiVersion: String
        /// `ReplicaSet`, `StatefulSet`, `DaemonSet`, `Job`, or a kind of somebody's own; `Node` for a mirror pod.
        public var kind: String
        public var name: String
        public var uid: String
    }

    /// A volume that moving the pod has to think about. ConfigMaps, Secrets, projected and other volumes are left out.
    public enum Volume: Hashable, Sendable {
        /// Lost when the pod leaves its node. The limit in bytes, where one is set.
        case emptyDirectory(name: String, sizeLimit: Int64?)
        /// A path of the host.
        case hostPath(name: String, path: String)
        /// A PersistentVolumeClaim of the pod's namespace, by name.
        case claim(name: String, claimName: String)
        /// A claim that lives and dies with the pod; its claim is named `POD-VOLUME`.
        case ephemeral(name: String)
    }

    public var namespace: String
    public var name: String
    /// Another one when a pod of the same name took its place.
    public var uid: String
    public var labels: [String: String]
    /// RFC 3339; set while it is terminating.
    public var deletionTimestamp: String?
    /// The mirror of a static pod: the API cannot evict it.
    public var isMirror: Bool
    /// `nil` for a pod that nothing will bring back.
    public var controller: Controller?
    /// Empty while it is not scheduled.
    public var nodeName: String
    /// Only the kinds of ``Volume``.
    public var volumes: [Volume]
    /// Seconds between SIGTERM and SIGKILL; 30 where it says nothing.
    public var terminationGracePeriodSeconds: Int
    /// Where it may run.
    public var placement: Placement
    /// What the scheduler reserves for it.
    public var requests: ResourceAmounts
    /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`.
    public var phase: String
    /// The condition `Ready` is `True`.
    public var isReady: Bool

    /// It has ended and will not run again: `Succeeded` or `Failed`.
    public var isFinished: Bool { phase == "Succeeded" || phase == "Failed" }
}
