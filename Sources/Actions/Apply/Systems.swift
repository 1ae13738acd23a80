import NodeAccess
import Plans
import RunEngine

/// Gives hosts their systems: built here, copied there, kept, activated, made the default, taken back.
struct Systems: Sendable {
    let run: String
    let sessions: [String: any NodeSession]
    let nix: NixWork

    private func script(_ node: String) throws -> HostScript {
        guard let session = sessions[node] else { throw RunError(.cannotRead, "\(node) cannot be reached") }
        return HostScript(session, SystemScript.text)
    }

    @discardableResult
    private func ask(
        _ node: String, _ verb: String, _ words: [String] = [], limit: Duration = .seconds(60)
    ) async throws -> [String] {
        try await script(node).run([verb, run] + words, limit: limit)
    }

    static func path(_ target: SystemTarget) throws -> String {
        guard let path = target.toplevel else {
            throw RunError(.cannotRead, "the plan does not say which system \(target.source) gives")
        }
        return path
    }

    /// What a host has now, as an activation has to put it back: words of `prior`.
    struct Before: Hashable, Sendable {
        var active: String
        var standard: String
        var generation: Int
        var boot: String

        init(active: String, standard: String, generation: Int, boot: String) {
            self.active = active
            self.standard = standard
            self.generation = generation
            self.boot = boot
        }

        init?(_ words: [String]) {
            guard words.count == 4, let number = Int(words[2]) else { return nil }
            self.init(active: words[0], standard: words[1], generation: number, boot: words[3])
        }

        var text: String { "\(active) \(standard) \(generation) \(boot)" }
    }

    func before(_ node: String) async throws -> Before {
        guard let before = Before(try await ask(node, "look")) else {
            throw RunError(.cannotRead, "\(node) does not say which system runs there")
        }
        return before
    }

    static func before(_ prior: String?) throws -> Before {
        guard let before = Before((prior ?? "").split(separator: " ").map(String.init)) else {
            throw RunError(.cannotRead, "the journal does not say what was active before")
        }
        return before
    }

    // MARK: Before anything is touched

    func isThere(_ node: String, _ target: SystemTarget) async throws -> Bool {
        try await ask(node, "valid", [Self.path(target)]).first == "yes"
    }

    func isKept(_ node: String, _ target: SystemTarget) async throws -> Bool {
        let path = try Self.path(target)
        guard try await isThere(node, target) else { return false }
        return try await ask(node, "kept", [path]).first == "yes"
    }

    func copy(_ node: String, _ target: SystemTarget) async throws {
        let path = try Self.path(target)
        guard let session = sessions[node] else { throw RunError(.cannotRead, "\(node) cannot be reached") }
        if try await !isThere(node, target) { try await nix.copy(path, to: session) }
        try await ask(node, "keep", [path])
    }

    /// What was pinned in the loader for this run is let go: it boots what is configured.
    func unpin(_ node: String) async throws { try await ask(node, "unpin") }

    func release(_ node: String) async throws { try await ask(node, "unkeep") }

    /// The host's own checks before a switch, and that it is the host's system at all.
    /// `isNext`: it is the next one there, and nothing is booted: only then its checks compare what they should.
    func check(_ node: String, _ target: SystemTarget, isNext: Bool) async throws {
        try await ask(node, "check", [Self.path(target), isNext ? "yes" : "no"], limit: .seconds(120))
    }

    // MARK: Activation

    /// How an activation stands.
    enum Standing: Hashable, Sendable {
        case running
        case ended(Int32)
        /// It was never begun, or the host lost power while it ran.
        case none
    }

    func standing(_ node: String, _ id: String) async throws -> Standing {
        let words = try await ask(node, "result", [id], limit: .seconds(20)).first?.split(separator: " ") ?? []
        switch words.first {
        case "running": return .running
        case "rc": return words.count > 1 ? Int32(words[1]).map { .ended($0) } ?? .none : .none
        default: return .none
        }
    }

    /// Begins it where it does not run, and waits for its end over whatever connection there is.
    ///
    /// `isBack`: to an older system, which its own checks would refuse.
    func activate(
        _ node: String, _ id: String, _ activation: Activation, isBack: Bool, _ report: @Sendable (String) -> Void
    ) async throws -> String {
        let path = try Self.path(activation.target)
        let order = activation.bootDefault == .before ? "before" : "atCommit"
        let standing = try await standing(node, id)
        // It may have ended since it was looked at: a second one would do everything again.
        if case .ended(let code) = standing, ActivationEnd(code).isActive, try await before(node).active == path {
            return try await judge(code, node, id)
        }
        if standing != .running {
            try await ask(node, "activate", [id, path, order, isBack ? "back" : "on"], limit: .seconds(300))
        }
        return try await finished(node, id, report)
    }

    /// The system of before becomes active again; the boot default goes back first where it was moved.
    func reactivate(
        _ node: String, _ id: String, _ before: Before, _ report: @Sendable (String) -> Void
    ) async throws -> String {
        let back = id + "-back"
        if try await standing(node, back) != .running {
            try await ask(
                node, "reactivate", [back, before.active, "\(before.generation)", before.standard],
                limit: .seconds(300))
        }
        return try await finished(node, back, report)
    }

    // MARK: Reboot

    /// The system that was booted, and which boot this is.
    func booted(_ node: String) async throws -> (system: String, boot: String) {
        let lines = try await ask(node, "booted", limit: .seconds(20))
        guard lines.count == 2 else { throw RunError(.cannotRead, "\(node) does not say what it booted") }
        return (lines[0], lines[1])
    }

    /// Boots it, and waits until the host is back. Throws ``RunError`` where another system came up.
    func reboot(
        _ node: String, _ id: String, _ activation: Activation, _ before: Before, _ report: @Sendable (String) -> Void
    ) async throws -> String {
        let path = try Self.path(activation.target)
        let order = activation.bootDefault == .before ? "before" : "atCommit"
        // A process before this one may have sent it on its way: then it does not answer, or has another boot.
        let now = try await answer(node, report)
        if now.system == path { return "it booted already" }
        try await ask(node, "reboot", [id, path, order, before.standard], limit: .seconds(300))
        return try await back(node, path, now.boot, report)
    }

    /// What is booted is put back, whether or not the host has to boot for that.
    func rebootBack(_ node: String, _ before: Before, _ report: @Sendable (String) -> Void) async throws -> String {
        let now = try await answer(node, report)
        let mustBoot = try await self.before(node).active != before.active
        try await ask(
            node, "reboot-back",
            [before.active, "\(before.generation)", before.standard, mustBoot ? "yes" : "no"], limit: .seconds(300))
        // It boots what was its default, which may not be what was active.
        return mustBoot ? try await back(node, before.standard, now.boot, report) : "it runs what it ran before"
    }

    /// Until the host says what it booted.
    private func answer(_ node: String, _ report: @Sendable (String) -> Void) async throws -> (
        system: String, boot: String
    ) {
        let began = ContinuousClock.now
        while true {
            do {
                return try await booted(node)
            } catch {
                guard ContinuousClock.now - began < .seconds(Self.patience) else { throw error }
                report("\(node) does not answer: it may be booting")
                try await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func back(
        _ node: String, _ path: String, _ boot: String, _ report: @Sendable (String) -> Void
    ) async throws -> String {
        let clock = ContinuousClock()
        let began = clock.now
        while clock.now - began < .seconds(Self.patience) {
            if let now = try? await booted(node), now.boot != boot {
                guard now.system == path else {
                    throw RunError(
                        .cannotWrite, "\(node) booted \(now.system), and not \(path): its boot loader fell back")
                }
                return "booted in \((clock.now - began).components.seconds) s"
            }
            report("\(node) boots")
            try await Task.sleep(for: .seconds(1))
        }
        throw RunError(.cannotWrite, "\(node) did not come back within \(Self.patience) s: look at its console")
    }

    private static let patience = 900

    private func finished(_ node: String, _ id: String, _ report: @Sendable (String) -> Void) async throws -> String {
        let clock = ContinuousClock()
        let began = clock.now
        while clock.now - began < .seconds(Self.patience) {
            switch try? await standing(node, id) {
            case .ended(let code): return try await judge(code, node, id)
            case .running: report("switch-to-configuration runs")
            case .none?:
                throw RunError(.cannotWrite, "\(node): the activation was cut off; nobody knows how far it got")
            case nil: report("\(node) does not answer: its network may be switching")
            }
            try await Task.sleep(for: .milliseconds(500))
        }
        throw RunError(.cannotWrite, "\(node): the activation did not end within \(Self.patience) s")
    }

    private func judge(_ code: Int32, _ node: String, _ id: String) async throws -> String {
        switch ActivationEnd(code) {
        case .activated: return "activated"
        case .toLookInto:
            let trouble = try await trouble(node, id)
            return "activated with exit \(code)"
                + (trouble.isEmpty ? "" : "; in trouble: \(trouble.joined(separator: ", "))")
        case .failed(let why, let isTold):
            let said = isTold ? "" : ": " + (await lastWords(node, id))
            throw RunError(.cannotWrite, "\(node): \(why)\(said)")
        }
    }

    private func lastWords(_ node: String, _ id: String) async -> String {
        (try? await ask(node, "log", [id]).suffix(3).joined(separator: "; ")) ?? ""
    }

    /// Units that are in trouble and were not before the activation.
    func trouble(_ node: String, _ id: String) async throws -> [String] { try await ask(node, "trouble", [id]) }

    func makeDefault(_ node: String, _ target: SystemTarget) async throws {
        try await ask(node, "default", [Self.path(target)], limit: .seconds(300))
    }

    func unmakeDefault(_ node: String, _ before: Before) async throws {
        try await ask(node, "undefault", ["\(before.generation)", before.standard], limit: .seconds(300))
    }

    /// A file name for what belongs to one step.
    static func id(_ step: Step) -> String {
        String(step.id.map { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" ? $0 : "-" })
    }
}
