import NixOS
import UpgradePlanning

extension PlatformFacts {
    init(_ report: HostReport) {
        self.init()
        cgroupVersion = report.cgroupVersion
        loaders = report.loaders.compactMap { BootLoader(rawValue: $0) }
        bootDefault = report.bootDefault.flatMap { StorePath(containing: $0) }
        profileMadeAt = report.profileMadeAt.map { Instant(secondsSince1970: $0) }
        mounts = report.mounts.map { MountFacts($0) }
        timers = report.timers.map { timer in
            TimerFacts(
                name: timer.name, service: timer.service,
                next: timer.nextMicroseconds.map { Instant(secondsSince1970: $0 / 1_000_000) })
        }
        containerd = ContainerdFacts(sandboxImage: report.sandboxImage)
        foreignNetworkPlugins = report.foreignNetworkPlugins
        wipesNetworkPlugins = report.wipesNetworkPlugins
        networkConfigurations = report.networkConfigurations
        kubeletGates = report.kubeletGates
        kubeletFailsOnOldControlGroups = report.kubeletFailsOnOldControlGroups
        configurationRevision = report.configurationRevision
        tailnetKeyEnds = report.tailnetKeyExpiry.flatMap { Instant(rfc3339: $0) }
        garbageOptions = report.garbageOptions
        helperOptions = report.helperOptions
        graphics = report.graphics
        graphicsUnits = report.graphicsUnits
        foldersOnYoungRoot = report.foldersOnYoungRoot
        bootImageBytes = report.bootImageBytes
        bootSeconds = report.bootSeconds
    }
}

extension MountFacts {
    fileprivate init(_ mount: HostReport.Mount) {
        let unlocking: Unlocking =
            if !mount.isEncrypted { .open } else if mount.asksPassphrase { .passphrase } else if mount.hasTPM {
                .tpm
            } else { .unknown }
        self.init(folder: mount.folder, kind: mount.kind, source: mount.source, unlocking: unlocking)
    }
}
