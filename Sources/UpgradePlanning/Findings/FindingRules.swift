/// Every rule, once: a new rule is a file beside this one and a line here.
enum FindingRules {
    static let all: [any FindingRule] =
        asked + versions + masters + etcd + nodes + hosts + certificates + api + programs + pods
        + [NoRecentArchive()]

    private static let asked: [any FindingRule] = [
        NothingToDo(), OfferAbsent(), OffersDiffer(), DowngradeOffered(), MissingBridge(), BrokenBridge(),
    ]

    private static let versions: [any FindingRule] = [
        APIServersApart(), KubeletTooNew(), SkewOverLimit(), NoLegalOrder(), VersionUnknown(),
    ]

    private static let masters: [any FindingRule] = [
        UnknownServer(), SeveralClusters(), OrphanControlPlane(), MasterWithoutCertificates(), NoControlPlane(),
    ]

    private static let etcd: [any FindingRule] = [
        EtcdOwnRun(), EtcdSkipped(), EtcdTooOldToMove(), NoQuorum(), NoMemberToSpare(), TwoMembers(), SingleMember(),
        MemberLags(), MemberLearns(), AlarmRaised(), MembersDisagree(),
    ]

    private static let nodes: [any FindingRule] = [
        NodeUnreachable(), NodeNotReady(), ForeignCordon(), RebuilderActive(), OpenRun(), NodeObjectMissing(),
        NodeNotInFile(), WrongHost(),
    ]

    private static let hosts: [any FindingRule] = [
        ClockOff(), RebootPending(), BootTooSmall(), StoreTooSmall(), MemoryTooSmall(), GarbageCollection(),
        TimersDue(),
        OnePathOnly(), OperatorOnNode(), ConsoleNeeded(), EphemeralState(), NoOneShot(), TailnetKeyEnds(),
        NotFromHead(),
        ActiveIsNotDefault(), FailedUnits(), ComponentStopped(), SystemUnknown(),
    ]

    private static let certificates: [any FindingRule] = [
        CertificateEnds(), CertificateNearEnd(), SigningCertificateEnds(), KeyMismatch(), WrongOwner(),
        ServiceAccountKeyMissing(), EncryptionKeyNotKept(), CertmgrRestarts(),
    ]

    private static let api: [any FindingRule] = [
        RemovedAPIUsed(), DeprecatedAPIUsed(), APIServerAbsent(), KubernetesAbsent(),
    ]

    private static let programs: [any FindingRule] = [
        OptionRemoved(), ContainerdTooOld(), OldControlGroups(), ModuleApart(), EmulationOffered(), UnseenVersion(),
        SandboxImageUnpinned(), ForeignNetworkPlugins(), DNSImageWindow(),
    ]

    private static let pods: [any FindingRule] = [
        BudgetBlocks(), TwoBudgets(), UnmanagedPods(), LocalDataLost(), PendingPods(), HostServicesDown(), LongGrace(),
    ]
}
