/// Every rule, once: a new rule is a file beside this one and a line here.
enum FindingRules {
    static let all: [any FindingRule] = [
        // What is asked for.
        NothingToDo(), OfferAbsent(), OffersDiffer(), DowngradeOffered(), MissingBridge(), BrokenBridge(),
        EtcdOwnRun(), EtcdSkipped(), EtcdTooOldToMove(),
        // Versions beside each other.
        APIServersApart(), KubeletTooNew(), SkewOverLimit(), NoLegalOrder(), UnknownServer(), SeveralClusters(),
        // etcd.
        NoQuorum(), NoMemberToSpare(), SingleMember(), MemberLags(), MemberLearns(), AlarmRaised(), MembersDisagree(),
        // Nodes.
        NodeUnreachable(), NodeNotReady(), ForeignCordon(), RebuilderActive(), OpenRun(), ClockOff(), RebootPending(),
        NodeObjectMissing(), NodeNotInFile(),
        // Certificates.
        CertificateEnds(), CertificateNearEnd(),
        // What the API serves and says.
        RemovedAPIUsed(), APIServerAbsent(), KubernetesAbsent(), VersionUnknown(), NoControlPlane(),
    ]
}
