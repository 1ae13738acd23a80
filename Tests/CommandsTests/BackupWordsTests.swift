import Actions
import Backups
import Foundation
import Testing
import UpgradePlanning

@testable import Commands

@Suite struct BackupWordsTests {
    @Test func progressSaysRateAndWhatIsLeft() {
        let start = ContinuousClock.now
        let meter = ProgressMeter(start: start, done: 0)
        let line = ProgressLine("snapshot", of: "from grey-area", 100 << 20, 600 << 20)
        let pace = meter.pace(done: 100 << 20, size: 600 << 20, at: start + .seconds(2))
        #expect(
            line.text(pace)
                == "snapshot from grey-area: 100.0 MiB of 600.0 MiB (16 %), 50.0 MiB/s, 10 s left")
        #expect(
            line.json(pace)
                == #"{"bytesPerSecond":52428800,"done":104857600,"elapsed":2,"phase":"snapshot","secondsLeft":10,"size":629145600,"subject":"from grey-area"}"#
        )
        let first = meter.pace(done: 0, size: 0, at: start)
        #expect(ProgressLine("comparing", of: "3 members").text(first) == "comparing 3 members")
        #expect(
            ProgressLine("reading back", of: "from the disk", nil, 1 << 20).text(first)
                == "reading back 1.0 MiB from the disk")
        #expect(ProgressLine("comparing", of: "3 members").text(after: 20) == "comparing 3 members, for 20 s")
        #expect(
            ProgressLine("sending", of: "a to nas", 1 << 20, 4 << 20).text(after: 130)
                == "sending a to nas: 1.0 MiB of 4.0 MiB (25 %), for 2 min")
    }

    @Test func metricsAreThoseOfThePromtheusTextFormat() {
        let now = Instant(secondsSince1970: 1_000_000)
        func archive(_ name: String, _ second: Int64, _ grade: ArchiveFacts.Grade) -> ArchiveFacts {
            ArchiveFacts(
                name: name, cluster: "lab", clusterID: "1", createdAt: Instant(secondsSince1970: second), grade: grade,
                reasons: [], revision: 42, keys: 1, size: 77, sha256: "", kubernetes: nil, etcd: nil, nodes: [],
                recipients: [], hasEncryptionKeys: false)
        }
        let metrics = BackupMetrics(
            cluster: "lab", entries: [archive("b", 999_990, .checked), archive("a", 999_000, .proven)],
            replicas: { $0 == "a" ? 2 : 0 }, replicasWanted: 3, now: now,
            making: BackupMetrics.Making(succeeded: true, seconds: 1.23456, endedAt: now))
        let values = metrics.text().split(separator: "\n").filter { !$0.hasPrefix("#") }.map {
            $0.replacing("kupgrade_backup_", with: "").replacing("{cluster=\"lab\"}", with: "")
        }
        #expect(
            values == [
                "archives 2", "newest_proven_timestamp_seconds 999000", "newest_proven_age_seconds 1000",
                "newest_proven_size_bytes 77", "newest_proven_revision 42", "newest_proven_replicas 2",
                "replicas_wanted 3", "newest_timestamp_seconds 999990", "last_grade 1", "last_run_succeeded 1",
                "last_run_duration_seconds 1.235", "last_run_timestamp_seconds 1000000",
            ])
    }

    @Test func whatAHookNotesOfVolumesIsRead() {
        let text = "shop/data\trestic snapshot 1a2b3c4d of 2026-11-22T02:31:00Z\nno tab\n\n"
        let words = "restic snapshot 1a2b3c4d of 2026-11-22T02:31:00Z"
        #expect(RecordedVolume.parse(text) == [RecordedVolume(claim: "shop/data", folder: nil, words: words)])
        #expect(
            RecordedVolume.parse("shop/data\t/srv/data\t\(words)\n")
                == [RecordedVolume(claim: "shop/data", folder: "/srv/data", words: words)])
    }

    private func backup(_ text: String) throws -> ClusterFile.Backup {
        let head = "version: 1\nname: a\nnodes:\n  b: {}\nbackup:\n"
        return try ClusterFileReader(path: "/etc/kup/cluster.yaml").read(head + text).backup
    }

    @Test func whatTheClusterFileSaysOfKeepingArchives() throws {
        #expect(try backup("  directory: /x\n").retention == RetentionPolicy())
        #expect(try backup("  retention: off\n").retention == nil)
        #expect(try backup("  folders: [/var/lib/kubelet/pki, /srv]\n").folders == ["/var/lib/kubelet/pki", "/srv"])
        for folder in ["/var", "/var/lib", "/var/lib/kubelet", "/var/lib/kubelet/pods/", "/var/lib/kubelet/pods/uid"] {
            #expect(throws: (any Error).self, "\(folder)") { try backup("  folders: [\(folder)]\n") }
        }
        let kept = try backup("  retention: {last: 2, within: 3d}\n").retention
        #expect(kept?.last == 2 && kept?.daily == 0 && kept?.within == .seconds(3 * 86_400))
        let all = try backup(
            """
              trash: 12h
              replicas: ["b:/srv", "rclone:r:p"]
              volumes: {shop/data: pg_dump}
              metrics: kup.prom
            """)
        #expect(all.trash == .seconds(12 * 3_600))
        #expect(all.replicas.map(\.description) == ["b:/srv", "rclone:r:p"])
        #expect(all.volumes == ["shop/data": "pg_dump"])
        #expect(all.metrics == "/etc/kup/kup.prom")
    }

    @Test(arguments: [
        ("  retention: {last: 0}\n", ":6: retention keeps nothing; off keeps everything"),
        ("  retention: {last: many}\n", ":6: retention.last must be a number of archives"),
        ("  retention: {weekley: 1}\n", ":6: retention has no key weekley; did you mean weekly?"),
        ("  trash: soon\n", ":6: trash must be a time such as 26h or 7d"),
        ("  replicas: [nas]\n", ":6: a replica is [USER@]HOST:/FOLDER or rclone:REMOTE:PATH, and this is nas"),
        ("  replicas: [\"a:/b\", \"a:/b\"]\n", ":6: the replica a:/b is there twice"),
        ("  volumes: {data: x}\n", ":6: backup.volumes must map NAMESPACE/CLAIM to what backs it up"),
    ])
    func whatIsWrongIsNamedWithItsLine(text: String, sentence: String) {
        let problem = problem { _ = try backup(text) }
        #expect(problem?.sentence.contains(sentence) == true, "\(problem?.sentence ?? "none")")
    }
}
