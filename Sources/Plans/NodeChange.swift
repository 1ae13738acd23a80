/// What a plan does to one node, unit by unit and package by package.
public struct NodeChange: Codable, Hashable, Sendable {
    /// What the change is judged by, from the surest to the least sure.
    public enum Certainty: String, Codable, Sendable {
        /// Both closures were read.
        case built
        /// The new system was evaluated, not built.
        case evaluated
        /// Versions only: every Kubernetes unit is assumed to restart.
        case versions
    }

    public var node: String
    /// The hardest of all hops.
    public var impact: Impact
    /// What each hop does to it, in their order; `nil` where one does.
    public var impacts: [Impact]?
    public var certainty: Certainty
    /// Why it must boot or be drained, in words.
    public var reasons: [String]
    /// Units that are stopped and started again.
    public var restarts: [String]
    public var reloads: [String]
    /// Units that the new system no longer has.
    public var stops: [String]
    /// Units that it has beside the old one's.
    public var starts: [String]
    /// Units that changed and go on as they run until somebody restarts them.
    public var keeps: [String]
    /// Packages that come, go or move.
    public var packages: [Goal.Change]
    /// What draining it does; `nil` where it is not drained, or the pods are not known.
    public var drain: DrainForecast?

    public init(
        node: String, impact: Impact, certainty: Certainty, reasons: [String] = [], restarts: [String] = [],
        reloads: [String] = [], stops: [String] = [], starts: [String] = [], keeps: [String] = [],
        packages: [Goal.Change] = [], drain: DrainForecast? = nil
    ) {
        self.node = node
        self.impact = impact
        self.certainty = certainty
        self.reasons = reasons
        self.restarts = restarts
        self.reloads = reloads
        self.stops = stops
        self.starts = starts
        self.keeps = keeps
        self.packages = packages
        self.drain = drain
    }
}
