/// All that a plan is made from: what is, what NixOS would bring, and what the user allows.
public struct PlanRequest: Codable, Hashable, Sendable {
    /// What is.
    public var facts: ClusterFacts
    /// What NixOS would bring.
    public var channel: ChannelFacts
    /// What the user allows.
    public var policy: PlanPolicy

    public init(facts: ClusterFacts, channel: ChannelFacts, policy: PlanPolicy = PlanPolicy()) {
        self.facts = facts
        self.channel = channel
        self.policy = policy
    }
}

/// Thresholds and limits of a plan, with defaults that suit a few hosts in a home.
public struct PlanPolicy: Codable, Hashable, Sendable {
    /// A certificate that ends sooner is named. NixOS's certmgr renews at 72 hours, so a healthy one never gets
    /// there.
    public var certificateWarningHours = 72
    /// The same on a host without certmgr, where people renew.
    public var handmadeWarningDays = 30
    /// The same for certificate authorities, which nothing renews.
    public var authorityWarningDays = 30
    /// How long a run may take at worst: a certificate that ends within it keeps the run from starting.
    public var runAllowanceHours = 12
    /// How many raft entries a member may be behind the one that is ahead; a snapshot of the moment, so not near
    /// zero.
    public var etcdLagEntries: UInt64 = 1_000
    /// A clock that is farther off than this is named.
    public var clockOffsetMilliseconds: Int64 = 1_000
    /// Free bytes that the store of a node should have before another system is copied there.
    public var storeBytes: Int64 = 5 << 30
    /// Free bytes that /var/lib should have beside three times etcd's data.
    public var stateBytes: Int64 = 1 << 30
    /// Memory that should be available before a switch.
    public var memoryBytes: Int64 = 500 << 20
    /// How old the newest proven archive may be.
    public var archiveHours = 26
    /// How long a node may take to become empty.
    public var drainSeconds = 600
    /// How long the gates after a change may take to open.
    public var gateSeconds = 600
    /// Between two looks at gates that both find them open.
    public var gateSecondsApart = 10
    /// How long the guard waits for somebody to say that the new system is well.
    public var guardSeconds = 600
    /// The hook that pauses and resumes what deploys from Git, by its name in the cluster file; `nil` for none.
    public var gitOpsHook: String?
    /// Older patches of the same minor are no downgrade: a rollback takes them.
    public var takesOlderPatches = false

    public init() {}
}
