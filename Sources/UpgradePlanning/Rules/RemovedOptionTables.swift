/// What each minor is the first not to know, from the changelogs of Kubernetes, its lists of feature gates of each release,
/// and https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates-removed/, whose last column is for old
/// gates the release that removed them, and for those since 1.25 the last that has them.
///
/// Where two sources differ the later minor stands here: a false row would hold up a legal upgrade, and the program is asked
/// before anything moves.
enum RemovedOptionTables {
    /// `component`: `nil` for all of them.
    struct Row {
        let minor: Int
        let component: Component?
        let list: [String]

        init(_ minor: Int, _ component: Component?, _ names: String) {
            self.minor = minor
            self.component = component
            list = names.split(separator: " ").map(String.init)
        }

        func concerns(_ other: Component, in target: MinorRelease) -> Bool {
            minor <= target.minor && (component == nil || component == other)
        }
    }

    static let flags: [Row] = [
        Row(21, .kubelet, "--enable-cadvisor-json-endpoints"),
        Row(21, .proxy, "--cleanup-ipvs"),
        Row(22, .apiServer, "--kubelet-https"),
        Row(22, .controllerManager, "--horizontal-pod-autoscaler-use-rest-clients"),
        Row(22, .scheduler, "--algorithm-provider --hard-pod-affinity-symmetric-weight --scheduler-name"),
        Row(22, .kubelet, "--chaos-chance"),
        Row(
            23, .scheduler,
            "--policy-config-file --policy-configmap --policy-configmap-namespace --use-legacy-policy-config"),
        Row(23, .kubelet, "--experimental-bootstrap-kubeconfig --seccomp-profile-root"),
        Row(
            24, .apiServer,
            "--address --insecure-bind-address --port --insecure-port --target-ram-mb "
                + "--experimental-encryption-provider-config --deserialization-cache-size "
                + "--experimental-logging-sanitization"),
        Row(
            24, .controllerManager,
            "--address --port --deployment-controller-sync-period --experimental-logging-sanitization"),
        Row(24, .scheduler, "--address --port --experimental-logging-sanitization"),
        Row(
            24, .kubelet,
            "--network-plugin --cni-bin-dir --cni-conf-dir --cni-cache-dir --network-plugin-mtu "
                + "--docker-endpoint --image-pull-progress-deadline --experimental-dockershim-root-directory "
                + "--non-masquerade-cidr --dynamic-config-dir --really-crash-for-testing "
                + "--experimental-check-node-capabilities-before-mount --experimental-logging-sanitization"),
        Row(25, .apiServer, "--service-account-api-audiences"),
        Row(
            25, .controllerManager,
            "--experimental-cluster-signing-duration --deleting-pods-qps --deleting-pods-burst "
                + "--register-retry-count"),
        Row(25, .kubelet, "--experimental-kernel-memcg-notification"),
        Row(
            26, nil,
            "--add-dir-header --alsologtostderr --log-backtrace-at --log-dir --log-file --log-file-max-size "
                + "--logtostderr --one-output --skip-headers --skip-log-headers --stderrthreshold"),
        Row(27, .apiServer, "--master-service-namespace"),
        Row(27, .controllerManager, "--enable-taint-manager --pod-eviction-timeout"),
        Row(27, .kubelet, "--container-runtime --master-service-namespace"),
        Row(28, .scheduler, "--lock-object-name --lock-object-namespace"),
        Row(30, .kubelet, "--azure-container-registry-config"),
        Row(
            31, .controllerManager,
            "--volume-host-cidr-denylist --volume-host-allow-local-loopback "
                + "--horizontal-pod-autoscaler-upscale-delay --horizontal-pod-autoscaler-downscale-delay"),
        Row(31, .kubelet, "--keep-terminated-pod-volumes --iptables-masquerade-bit --iptables-drop-bit"),
        Row(33, .apiServer, "--cloud-provider --cloud-config"),
        Row(34, .kubelet, "--register-schedulable --cloud-config"),
        Row(35, .kubelet, "--pod-infra-container-image"),
        Row(37, .controllerManager, "--concurrent-service-syncs"),
        Row(
            37, .kubelet,
            "--application-metrics-count-limit --boot-id-file --container-hints --containerd "
                + "--containerd-namespace --enable-load-reader --event-storage-age-limit "
                + "--event-storage-event-limit --global-housekeeping-interval --log-cadvisor-usage "
                + "--machine-id-file --storage-driver-buffer-duration --storage-driver-db --storage-driver-host "
                + "--storage-driver-password --storage-driver-secure --storage-driver-table --storage-driver-user"),
    ]

    static let plugins: [Row] = [
        Row(21, .apiServer, "DenyEscalatingExec DenyExecOnPrivileged"),
        Row(25, .apiServer, "PodSecurityPolicy"),
        Row(30, .apiServer, "SecurityContextDeny"),
        Row(31, .apiServer, "PersistentVolumeLabel"),
        Row(37, .apiServer, "PodGroupWorkloadExists"),
    ]

    /// Gates are one list for all components.
    static let gates: [Row] = [
        Row(
            21, nil,
            "AttachVolumeLimit BlockVolume CSIBlockVolume CSIDriverRegistry CSIMigrationAWSComplete "
                + "CSIMigrationAzureDiskComplete CSIMigrationAzureFileComplete CSIMigrationGCEComplete "
                + "CSIMigrationOpenStackComplete CSINodeInfo EvenPodsSpread HyperVContainer "
                + "RotateKubeletClientCertificate TokenRequest TokenRequestProjection VolumePVCDataSource "
                + "WindowsGMSA WindowsRunAsUserName"),
        Row(
            22, nil,
            "BalanceAttachedNodeVolumes CRIContainerLogRotation CSIMigrationvSphereComplete "
                + "ExternalPolicyForExternalIP LegacyNodeRoleBehavior NodeDisruptionExclusion RootCAConfigMap "
                + "RunAsGroup SCTPSupport ServiceAppProtocol ServiceNodeExclusion ServiceTopology "
                + "VolumeSnapshotDataSource"),
        Row(
            23, nil,
            "AllowInsecureBackendProxy BoundServiceAccountTokenVolume CronJobControllerV2 NodeLease "
                + "ServiceAccountIssuerDiscovery StartupProbe SupportNodePidsLimit SupportPodPidsLimit Sysctls"),
        Row(
            24, nil,
            "HugePageStorageMediumSize ImmutableEphemeralVolumes NamespaceDefaultLabelName RuntimeClass "
                + "SetHostnameAsFQDN StreamingProxyRedirects ValidateProxyRedirects WarningHeaders csiMigrationRBD"),
        Row(
            25, nil,
            "CSIServiceAccountToken CSIVolumeFSGroupPolicy ConfigurableFSGroupPolicy EndpointSlice "
                + "EndpointSliceNodeName EndpointSliceProxying GenericEphemeralVolume IngressClassNamespacedParams "
                + "PodDisruptionBudget SelectorIndex StorageObjectInUseProtection TTLAfterFinished VolumeSubpath "
                + "WindowsEndpointSliceProxying"),
        Row(
            26, nil,
            "CSIMigrationOpenStack CSRDuration DefaultPodTopologySpread DynamicKubeletConfig IndexedJob "
                + "NonPreemptingPriority PodAffinityNamespaceSelector PodOverhead PreferNominatedNode "
                + "ServiceLBNodePortControl ServiceLoadBalancerClass SuspendJob"),
        Row(
            27, nil,
            "CSIInlineVolume CSIMigration CSIMigrationAWS CSIMigrationAzureDisk "
                + "ControllerManagerLeaderMigration DaemonSetUpdateSurge EphemeralContainers ExpandCSIVolumes "
                + "ExpandInUsePersistentVolumes ExpandPersistentVolumes IPv6DualStack IdentifyPodOS "
                + "LocalStorageCapacityIsolation NetworkPolicyEndPort StatefulSetMinReadySeconds"),
        Row(
            28, nil,
            "AdvancedAuditing CSIMigrationGCE CSIStorageCapacity DelegateFSGroupToCSIDriver DevicePlugins "
                + "DisableAcceleratorUsageMetrics DryRun EndpointSliceTerminatingCondition "
                + "KubeletCredentialProviders MixedProtocolLBService NetworkPolicyStatus PodHasNetworkCondition "
                + "PodSecurity ServiceIPStaticSubrange ServiceInternalTrafficPolicy "
                + "UserNamespacesStatelessPodsSupport WindowsHostProcessContainers"),
        Row(
            29, nil,
            "CSIMigrationvSphere CronJobTimeZone DownwardAPIHugePages GRPCContainerProbe "
                + "JobMutableNodeSchedulingDirectives JobTrackingWithFinalizers "
                + "LegacyServiceAccountTokenNoAutoGeneration MultiCIDRRangeAllocator OpenAPIV3 "
                + "ProbeTerminationGracePeriod RetroactiveDefaultStorageClass SeccompDefault TopologyManager"),
        Row(
            30, nil,
            "APISelfSubjectReview CSIMigrationAzureFile ExpandedDNSConfig "
                + "ExperimentalHostUserNamespaceDefaulting IPTablesOwnershipCleanup KubeletPodResources "
                + "KubeletPodResourcesGetAllocatable LegacyServiceAccountTokenTracking MinimizeIPTablesRestore "
                + "ProxyTerminatingEndpoints RemoveSelfLink SecurityContextDeny"),
        Row(
            31, nil,
            "APIPriorityAndFairness CSIMigrationRBD CSINodeExpandSecret ConsistentHTTPGetHandlers "
                + "CustomResourceValidationExpressions DefaultHostNetworkHostPortsInPodTemplates "
                + "InTreePluginAWSUnregister InTreePluginAzureDiskUnregister InTreePluginAzureFileUnregister "
                + "InTreePluginGCEUnregister InTreePluginOpenStackUnregister InTreePluginRBDUnregister "
                + "InTreePluginvSphereUnregister JobReadyPods ReadWriteOncePod ServiceNodePortStaticSubrange "
                + "SkipReadOnlyValidationGCE"),
        Row(
            32, nil,
            "CloudDualStackNodeIPs DRAControlPlaneController HPAContainerMetrics KMSv2 KMSv2KDF "
                + "LegacyServiceAccountTokenCleanUp MinDomainsInPodTopologySpread NewVolumeManagerReconstruction "
                + "NodeOutOfServiceVolumeDetach PodHostIPs ServerSideApply ServerSideFieldValidation "
                + "StableLoadBalancerNodeSet ValidatingAdmissionPolicy ZeroLimitedNominalConcurrencyShares"),
        Row(
            33, nil,
            "APIListChunking AdmissionWebhookMatchConditions AggregatedDiscoveryEndpoint AppArmor "
                + "AppArmorFields CPUManager DisableCloudProviders DisableKubeletCloudCredentialProviders "
                + "EfficientWatchResumption JobPodFailurePolicy KubeProxyDrainingTerminatingNodes "
                + "PDBUnhealthyPodEvictionPolicy PersistentVolumeLastPhaseTransitionTime RemainingItemCount "
                + "VolumeCapacityPriority WatchBookmark"),
        Row(
            34, nil,
            "DevicePluginCDIDevices ElasticIndexedJob LegacySidecarContainers PodDisruptionConditions "
                + "StatefulSetStartOrdinal"),
        Row(
            35, nil,
            "AllowServiceLBStatusOnNonLB ComponentSLIs CronJobsScheduledAnnotation LoadBalancerIPMode "
                + "PodIndexLabel SizeMemoryBackedVolumes StatefulSetAutoDeletePVC StrictCostEnforcementForVAP "
                + "StrictCostEnforcementForWebhooks UserNamespacesPodSecurityStandards"),
        Row(
            36, nil,
            "CSIMigrationPortworx HonorPVReclaimPolicy InPlacePodVerticalScalingAllocatedStatus "
                + "InTreePluginPortworxUnregister MemoryManager ServiceTrafficDistribution "
                + "StructuredAuthorizationConfiguration TopologyAwareHints WatchFromStorageWithoutResourceVersion"),
        Row(
            37, nil,
            "APIServerTracing AnonymousAuthConfigurableEndpoints AnyVolumeDataSource "
                + "AuthorizeNodeWithSelectors AuthorizeWithSelectors BtreeWatchCache ConsistentListFromCache "
                + "GangScheduling JobBackoffLimitPerIndex JobPodReplacementPolicy JobSuccessPolicy "
                + "LogarithmicScaleDown OrderedNamespaceDeletion PodLifecycleSleepAction "
                + "PodLifecycleSleepActionAllowZero PreventStaticPodAPIReferences RelaxedDNSSearchValidation "
                + "ResilientWatchCacheInitialization RetryGenerateName SchedulerQueueingHints SidecarContainers "
                + "StreamingCollectionEncodingToJSON StreamingCollectionEncodingToProtobuf "
                + "StructuredAuthenticationConfiguration WorkloadAwarePreemption"),
    ]
}
