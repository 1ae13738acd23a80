/// Flags, feature gates and admission plugins that some minor no longer knows: a component that is given one exits.
///
/// From the changelogs of Kubernetes and
/// https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates-removed/. The program itself knows
/// better than any table, and is asked where the closure is built.
public enum RemovedOptions {
    public struct Option: Hashable, Sendable {
        /// `--flag`, `feature gate NAME`, `admission plugin NAME`.
        public let name: String
        /// The first minor that does not know it.
        public let removedIn: MinorRelease
    }

    /// What of a unit's options `target` does not know, whenever it was removed.
    public static func removed(
        from component: Component, passing line: CommandLineFacts, gates: [String] = [], in target: MinorRelease
    ) -> [Option] {
        let flags = rows(flagTable, component, target) { line.flags.keys.contains($0) ? $0 : nil }
        let gates = removed(gates: names(line.value(of: "--feature-gates")) + gates, in: target)
        // One that is unknown stops the apiserver where it is disabled, too.
        let plugins = Set(
            names(line.value(of: "--enable-admission-plugins")) + names(line.value(of: "--disable-admission-plugins")))
        let removedPlugins = rows(pluginTable, component, target) {
            plugins.contains($0) ? "admission plugin \($0)" : nil
        }
        return (flags + gates + removedPlugins).sorted { $0.name < $1.name }
    }

    /// The gates that `target` does not know. From 1.31 on they may be passed as `kube:NAME`.
    public static func removed(gates: [String], in target: MinorRelease) -> [Option] {
        let passed = Set(gates.map { $0.split(separator: ":").last.map(String.init) ?? $0 })
        return gateTable.filter { $0.minor <= target.minor }.flatMap { row in
            row.list.filter(passed.contains).map { option("feature gate \($0)", row.minor) }
        }
    }

    private static func names(_ value: String?) -> [String] {
        (value ?? "").split(separator: ",").compactMap { $0.split(separator: "=").first.map(String.init) }
    }

    private static func rows(
        _ table: [Row], _ component: Component, _ target: MinorRelease, _ find: (String) -> String?
    ) -> [Option] {
        table.filter { $0.minor <= target.minor && $0.component == component }.flatMap { row in
            row.list.compactMap(find).map { option($0, row.minor) }
        }
    }

    private static func option(_ name: String, _ minor: Int) -> Option {
        Option(name: name, removedIn: MinorRelease(major: 1, minor: minor))
    }

    private struct Row {
        let minor: Int
        let component: Component
        let list: [String]

        init(_ minor: Int, _ component: Component, _ names: String) {
            self.minor = minor
            self.component = component
            list = names.split(separator: " ").map(String.init)
        }
    }

    private static let flagTable: [Row] = [
        Row(22, .apiServer, "--kubelet-https"),
        Row(24, .apiServer, "--insecure-port --insecure-bind-address --address --port"),
        Row(24, .controllerManager, "--port --address"), Row(24, .scheduler, "--port --address"),
        Row(
            24, .kubelet,
            "--network-plugin --cni-bin-dir --cni-conf-dir --cni-cache-dir --network-plugin-mtu --docker "
                + "--docker-endpoint --image-pull-progress-deadline --non-masquerade-cidr"),
        Row(25, .apiServer, "--service-account-api-audiences"),
        Row(25, .controllerManager, "--deleting-pods-qps --deleting-pods-burst --register-retry-count"),
        Row(26, .apiServer, "--master-service-namespace"),
        Row(27, .kubelet, "--container-runtime --master-service-namespace"),
        Row(27, .controllerManager, "--enable-taint-manager --pod-eviction-timeout"),
        Row(31, .kubelet, "--keep-terminated-pod-volumes --iptables-masquerade-bit --iptables-drop-bit"),
        Row(
            31, .controllerManager,
            "--volume-host-cidr-denylist --volume-host-allow-local-loopback --horizontal-pod-autoscaler-upscale-delay "
                + "--horizontal-pod-autoscaler-downscale-delay"),
        Row(33, .apiServer, "--cloud-config"), Row(34, .kubelet, "--cloud-config --register-schedulable"),
        Row(35, .kubelet, "--pod-infra-container-image"),
        Row(
            37, .kubelet,
            "--containerd --containerd-namespace --storage-driver-db --storage-driver-host --storage-driver-password "
                + "--storage-driver-secure --storage-driver-table --storage-driver-user --storage-driver-buffer-duration --boot-id-file "
                + "--machine-id-file"),
        Row(37, .controllerManager, "--concurrent-service-syncs"),
    ]

    private static let pluginTable: [Row] = [
        Row(25, .apiServer, "PodSecurityPolicy"), Row(30, .apiServer, "SecurityContextDeny"),
    ]

    /// Gates are one list for all components; those of features that were never more than alpha are left out.
    private static let gateTable: [Row] = [
        Row(25, .apiServer, "CSIVolumeFSGroupPolicy ConfigurableFSGroupPolicy PodDisruptionBudget SelectorIndex"),
        Row(26, .apiServer, "DynamicKubeletConfig"),
        Row(
            27, .apiServer,
            "CSIInlineVolume CSIMigration ControllerManagerLeaderMigration DaemonSetUpdateSurge EphemeralContainers "
                + "ExpandCSIVolumes ExpandInUsePersistentVolumes ExpandPersistentVolumes IdentifyPodOS "
                + "LocalStorageCapacityIsolation NetworkPolicyEndPort StatefulSetMinReadySeconds"),
        Row(
            28, .apiServer,
            "AdvancedAuditing CSIMigrationGCE CSIStorageCapacity DelegateFSGroupToCSIDriver DevicePlugins "
                + "DisableAcceleratorUsageMetrics EndpointSliceTerminatingCondition KubeletCredentialProviders "
                + "MixedProtocolLBService ServiceInternalTrafficPolicy ServiceIPStaticSubrange "
                + "WindowsHostProcessContainers"),
        Row(
            30, .apiServer,
            "ExpandedDNSConfig ExperimentalHostUserNamespaceDefaultingGate IPTablesOwnershipCleanup "
                + "KubeletPodResources KubeletPodResourcesGetAllocatable MinimizeIPTablesRestore "
                + "ProxyTerminatingEndpoints RemoveSelfLink"),
        Row(
            31, .apiServer,
            "APIPriorityAndFairness CSINodeExpandSecret ConsistentHTTPGetHandlers "
                + "DefaultHostNetworkHostPortsInPodTemplates ServiceNodePortStaticSubrange SkipReadOnlyValidationGCE"),
        Row(
            32, .apiServer,
            "CloudDualStackNodeIPs DRAControlPlaneController HPAContainerMetrics KMSv2 "
                + "KMSv2KDF LegacyServiceAccountTokenCleanUp MinDomainsInPodTopologySpread "
                + "NewVolumeManagerReconstruction NodeOutOfServiceVolumeDetach ServerSideApply "
                + "ServerSideFieldValidation StableLoadBalancerNodeSet ValidatingAdmissionPolicy "
                + "ZeroLimitedNominalConcurrencyShares"),
        Row(
            33, .apiServer,
            "AppArmor AppArmorFields CPUManager DisableCloudProviders DisableKubeletCloudCredentialProviders "
                + "JobPodFailurePolicy KubeProxyDrainingTerminatingNodes PDBUnhealthyPodEvictionPolicy "
                + "PersistentVolumeLastPhaseTransitionTime VolumeCapacityPriority"),
        Row(
            34, .apiServer,
            "DevicePluginCDIDevices ElasticIndexedJob LegacySidecarContainers PodDisruptionConditions "
                + "StatefulSetStartOrdinal"),
        Row(
            35, .apiServer,
            "AllowServiceLBStatusOnNonLB ComponentSLIs CronJobsScheduledAnnotation LoadBalancerIPMode PodIndexLabel "
                + "SizeMemoryBackedVolumes StatefulSetAutoDeletePVC StrictCostEnforcementForVAP "
                + "StrictCostEnforcementForWebhooks UserNamespacesPodSecurityStandards"),
        Row(
            36, .apiServer,
            "CSIMigrationPortworx HonorPVReclaimPolicy InPlacePodVerticalScalingAllocatedStatus "
                + "InTreePluginPortworxUnregister MemoryManager ServiceTrafficDistribution "
                + "StructuredAuthorizationConfiguration TopologyAwareHints WatchFromStorageWithoutResourceVersion"),
        Row(
            37, .apiServer,
            "APIServerTracing AnonymousAuthConfigurableEndpoints AnyVolumeDataSource AuthorizeNodeWithSelectors "
                + "AuthorizeWithSelectors BtreeWatchCache ConsistentListFromCache JobBackoffLimitPerIndex "
                + "JobPodReplacementPolicy JobSuccessPolicy LogarithmicScaleDown OrderedNamespaceDeletion "
                + "PodLifecycleSleepAction PodLifecycleSleepActionAllowZero PreventStaticPodAPIReferences "
                + "RelaxedDNSSearchValidation ResilientWatchCacheInitialization RetryGenerateName "
                + "SchedulerQueueingHints SidecarContainers StreamingCollectionEncodingToJSON "
                + "StreamingCollectionEncodingToProtobuf StructuredAuthenticationConfiguration"),
    ]
}
