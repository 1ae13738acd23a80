/// The units that make a backup every night, as systemd reads them. The NixOS module sets the same values.
struct BackupUnits {
    /// Absolute paths.
    var program: String
    var clusterFile: String
    var archives: String
    var signingKey: String
    /// Folders that are written to beside the archives.
    var writable: [String] = []
    var calendar = "*-*-* 02:30:00 UTC"
    var jitter = "15m"
    var maxAge = "26h"
    /// Several hosts have these units, and one of them makes the archive.
    var isElected = false

    /// File name to content, in the order in which they are read best.
    var files: [(name: String, text: String)] {
        [
            (
                "kupgrade-backup.service",
                service(description: "Archive of the cluster", ["RequiresMountsFor=\(archives)"], making)
            ),
            ("kupgrade-backup.timer", timer(calendar, jitter)),
            ("kupgrade-backup-check.service", service(description: "Is the newest archive fresh", [], checking)),
            ("kupgrade-backup-check.timer", timer("hourly", "5m")),
        ]
    }

    private var making: [String] {
        [
            "ExecStart=\(program) backup create --cluster \(clusterFile) --signing-key %d/signing.key"
                + (isElected ? " --one-maker" : ""),
            "LoadCredential=signing.key:\(signingKey)",
            "# 3: it was made, and is not proven or not at every replica; hooks and the check say so.",
            "SuccessExitStatus=3",
        ]
    }

    private var checking: [String] {
        ["ExecStart=\(program) backup status --notify --max-age \(maxAge) --cluster \(clusterFile)"]
    }

    private func service(description: String, _ more: [String], _ own: [String]) -> String {
        let unit =
            [
                "[Unit]", "Description=\(description)", "Documentation=man:kupgrade-backup(1)",
                "Wants=network-online.target", "After=network-online.target etcd.service",
            ] + more + ["", "[Service]", "Type=oneshot"]
        let paths = ([archives] + writable).map { "-" + $0 }.joined(separator: " ")
        return (unit + own + Self.surroundings + ["ReadWritePaths=\(paths)"] + Self.hardening)
            .joined(separator: "\n") + "\n"
    }

    private func timer(_ calendar: String, _ jitter: String) -> String {
        """
        [Unit]
        Description=When it is done

        [Timer]
        OnCalendar=\(calendar)
        RandomizedDelaySec=\(jitter)
        # A night that the host slept through is made up for.
        Persistent=true

        [Install]
        WantedBy=timers.target

        """
    }

    private static let surroundings = [
        "Environment=HOME=/root XDG_RUNTIME_DIR=%t/kupgrade XDG_CACHE_HOME=%C/kupgrade",
        "StateDirectory=kupgrade", "StateDirectoryMode=0700", "CacheDirectory=kupgrade", "CacheDirectoryMode=0700",
        "RuntimeDirectory=kupgrade", "RuntimeDirectoryMode=0700", "RuntimeDirectoryPreserve=yes",
        "UMask=0077", "TimeoutStartSec=20h", "Nice=10", "IOSchedulingClass=idle",
    ]

    /// Root, but for what it does not need: it reads every file, and writes where it is told to.
    static let hardening = [
        "CapabilityBoundingSet=CAP_DAC_READ_SEARCH",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "ProtectHome=read-only",
        "PrivateTmp=yes",
        "PrivateDevices=yes",
        "ProtectKernelTunables=yes",
        "ProtectKernelModules=yes",
        "ProtectKernelLogs=yes",
        "ProtectControlGroups=yes",
        "ProtectClock=yes",
        "ProtectHostname=yes",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
        "RestrictNamespaces=yes",
        "RestrictRealtime=yes",
        "RestrictSUIDSGID=yes",
        "LockPersonality=yes",
        "MemoryDenyWriteExecute=yes",
        "SystemCallArchitectures=native",
        "SystemCallFilter=@system-service",
        "SystemCallErrorNumber=EPERM",
    ]
}
