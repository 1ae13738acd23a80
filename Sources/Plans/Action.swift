/// The vocabulary of effects: everything that a run can do to a cluster, with the value it sets.
///
/// Actions name targets, never how to get there. In JSON each is an object whose `kind` says which it is.
public enum Action: Hashable, Sendable {
    /// Builds the node's system where the user says; nothing changes on the node.
    case build(SystemTarget)
    /// Copies it to the node and keeps it and the present one from being collected.
    case copy(SystemTarget)
    /// Proves it: each flag in its unit files exists in its binaries; containerd, cgroup and kernel fit.
    case prove(SystemTarget)
    /// Takes the cluster's lock, and the node-side ones.
    case lock
    case unlock
    /// Stops what would rebuild or collect by itself, remembering what was running.
    case stopTimers(UnitList)
    /// Starts again those of them that ran before.
    case startTimers(UnitList)
    /// Stops units and keeps them from starting, also through an activation, until they are unparked.
    case park(UnitList)
    case unpark(UnitList)
    /// Has the user's hook stop what writes to the cluster from Git, with an end that the run extends.
    case pauseGitOps(HookCall)
    case resumeGitOps(HookCall)
    /// Makes an archive and proves it.
    case backUp(BackupTarget)
    case cordon
    /// Evicts the node's pods, within their budgets.
    case drain(TimeLimit)
    /// Gives etcd's leadership to another member, so that the restart of this one is no election.
    case moveLeader(LeaderTarget)
    case armGuard(GuardTarget)
    /// Activates the system without a boot.
    case activate(Activation)
    /// Boots the system once.
    case reboot(Activation)
    case waitFor(GateList)
    case disarmGuard
    /// Makes the system the profile's and the boot loader's default, and checks that it is.
    case commit(SystemTarget)
    /// Writes back the schedulability that the node had before.
    case uncordon
    /// One step of bringing back what an archive has.
    case restore(RestoreAction)
}

extension Action {
    /// Of a step that gives its node another system, with or without a boot; `nil` of any other.
    public var activation: Activation? {
        switch self {
        case .activate(let activation), .reboot(let activation): activation
        default: nil
        }
    }
}
