extension Action {
    /// The action's name in JSON.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case build, copy, prove, lock, unlock, stopTimers, startTimers, park, unpark, pauseGitOps, resumeGitOps
        case backUp, cordon, drain, moveLeader, armGuard, activate, reboot, waitFor, disarmGuard, commit, uncordon
        case restore
    }

    public var kind: Kind {
        switch self {
        case .build: .build
        case .copy: .copy
        case .prove: .prove
        case .lock: .lock
        case .unlock: .unlock
        case .stopTimers: .stopTimers
        case .startTimers: .startTimers
        case .park: .park
        case .unpark: .unpark
        case .pauseGitOps: .pauseGitOps
        case .resumeGitOps: .resumeGitOps
        case .backUp: .backUp
        case .cordon: .cordon
        case .drain: .drain
        case .moveLeader: .moveLeader
        case .armGuard: .armGuard
        case .activate: .activate
        case .reboot: .reboot
        case .waitFor: .waitFor
        case .disarmGuard: .disarmGuard
        case .commit: .commit
        case .uncordon: .uncordon
        case .restore: .restore
        }
    }

    /// What is written beside `kind`; `nil` for an action that needs no more.
    private var payload: (any Encodable)? {
        switch self {
        case .lock, .unlock, .cordon, .disarmGuard, .uncordon: nil
        case .build(let target), .copy(let target), .prove(let target), .commit(let target): target
        case .stopTimers(let units), .startTimers(let units), .park(let units), .unpark(let units): units
        case .pauseGitOps(let call), .resumeGitOps(let call): call
        case .backUp(let target): target
        case .drain(let limit): limit
        case .moveLeader(let target): target
        case .armGuard(let target): target
        case .activate(let activation), .reboot(let activation): activation
        case .waitFor(let gates): gates
        case .restore(let action): action
        }
    }
}

extension Action: Codable {
    private enum Key: String, CodingKey { case kind }

    public init(from decoder: any Decoder) throws {
        switch try decoder.container(keyedBy: Key.self).decode(Kind.self, forKey: .kind) {
        case .build: self = .build(try SystemTarget(from: decoder))
        case .copy: self = .copy(try SystemTarget(from: decoder))
        case .prove: self = .prove(try SystemTarget(from: decoder))
        case .lock: self = .lock
        case .unlock: self = .unlock
        case .stopTimers: self = .stopTimers(try UnitList(from: decoder))
        case .startTimers: self = .startTimers(try UnitList(from: decoder))
        case .park: self = .park(try UnitList(from: decoder))
        case .unpark: self = .unpark(try UnitList(from: decoder))
        case .pauseGitOps: self = .pauseGitOps(try HookCall(from: decoder))
        case .resumeGitOps: self = .resumeGitOps(try HookCall(from: decoder))
        case .backUp: self = .backUp(try BackupTarget(from: decoder))
        case .cordon: self = .cordon
        case .drain: self = .drain(try TimeLimit(from: decoder))
        case .moveLeader: self = .moveLeader(try LeaderTarget(from: decoder))
        case .armGuard: self = .armGuard(try GuardTarget(from: decoder))
        case .activate: self = .activate(try Activation(from: decoder))
        case .reboot: self = .reboot(try Activation(from: decoder))
        case .waitFor: self = .waitFor(try GateList(from: decoder))
        case .disarmGuard: self = .disarmGuard
        case .commit: self = .commit(try SystemTarget(from: decoder))
        case .uncordon: self = .uncordon
        case .restore: self = .restore(try RestoreAction(from: decoder))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(kind, forKey: .kind)
        try payload?.encode(to: encoder)
    }
}
