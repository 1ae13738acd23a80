/// What this host needs to reach nodes at all.
public enum NodeReach {
    /// Throws ``NodeAccessError`` `programMissing` where every node is another host and no `ssh` is on the PATH: one error
    /// instead of the same for each node. Not an error: a node that is this host, which can be asked without.
    public static func check(_ endpoints: [NodeEndpoint]) throws(NodeAccessError) {
        guard !endpoints.isEmpty, endpoints.allSatisfy({ !$0.isLocal }), ProgramPath.find("ssh") == nil else { return }
        throw NodeAccessError(.programMissing, node: "local", "this host has no ssh program on its PATH")
    }
}
