/// Units by their systemd names, sorted.
public struct UnitList: Codable, Hashable, Sendable {
    public var units: [String]

    public init(_ units: [String]) { self.units = units.sorted() }
}

/// A hook of the user's, by its name in the cluster file.
public struct HookCall: Codable, Hashable, Sendable {
    public var hook: String

    public init(_ hook: String) { self.hook = hook }
}

/// What a backup must hold to be the way back of the hop that follows it.
public struct BackupTarget: Codable, Hashable, Sendable {
    /// The node whose etcd is read.
    public var etcdNode: String
    /// Every version of the apiserver that wrote the data, oldest first.
    public var kubernetes: [String]

    public init(etcdNode: String, kubernetes: [String]) {
        self.etcdNode = etcdNode
        self.kubernetes = kubernetes
    }
}

/// How long a wait may take.
public struct TimeLimit: Codable, Hashable, Sendable {
    public var seconds: Int

    public init(seconds: Int) { self.seconds = seconds }
}

/// The etcd member that is to lead.
public struct LeaderTarget: Codable, Hashable, Sendable {
    /// The node the new leader runs on.
    public var node: String
    /// 16 hex digits at most, as etcdctl prints it.
    public var memberID: String

    public init(node: String, memberID: String) {
        self.node = node
        self.memberID = memberID
    }
}

/// The guard on the node, which brings the old system back when nobody says that the new one is well.
public struct GuardTarget: Codable, Hashable, Sendable {
    public enum Lifetime: String, Codable, Sendable {
        /// Ends with the boot; for a switch.
        case transient
        /// Survives a reboot.
        case persistent
    }

    public var lifetime: Lifetime
    /// How long it waits before it asks the node itself.
    public var seconds: Int

    public init(lifetime: Lifetime, seconds: Int) {
        self.lifetime = lifetime
        self.seconds = seconds
    }
}

/// A system that becomes active, and what the boot loader starts meanwhile.
public struct Activation: Codable, Hashable, Sendable {
    public enum BootDefault: String, Codable, Sendable {
        /// The old system stays the default until the commit: a power cut is a rollback.
        case atCommit
        /// The new system becomes the default first: old binaries must never start over data that new ones wrote.
        case before
    }

    public var target: SystemTarget
    public var bootDefault: BootDefault

    public init(target: SystemTarget, bootDefault: BootDefault) {
        self.target = target
        self.bootDefault = bootDefault
    }
}

/// Conditions to wait for, all of them.
public struct GateList: Codable, Hashable, Sendable {
    public var gates: [Gate]
    /// How often in a row they must hold.
    public var times: Int
    public var limitSeconds: Int
    /// Between two looks that both find that they hold.
    public var secondsApart: Int

    public init(_ gates: [Gate], times: Int = 2, limitSeconds: Int, secondsApart: Int = 1) {
        self.gates = gates
        self.secondsApart = secondsApart
        self.times = times
        self.limitSeconds = limitSeconds
    }
}
