import Foundation
import PKI
import Plans
import Testing
import UpgradePlanning

@testable import Backups

@Suite("which files go back to a host")
struct RestoreFilesTests {
    private func chosen(
        _ authority: Authority, _ change: (inout [FileToPut]) -> Void = { _ in }
    ) throws -> RestoreFiles {
        var bed = try RestoreBed("single-master")
        var files = [
            "/var/lib/cfssl/ca.pem", "/var/lib/cfssl/ca-key.pem", "/var/lib/kubernetes/secrets/service-account.pem",
            "/var/lib/kubernetes/secrets/service-account-key.pem", "/var/lib/kubernetes/secrets/kubelet.pem",
            "/etc/machine-id", "/etc/ssh/ssh_host_ed25519_key", "/var/lib/tailscale/tailscaled.state",
            "/var/lib/nixos/uid-map",
        ].map { FileToPut(path: $0, owner: "root", group: "root", mode: 0o600, sha256: "00", link: nil) }
        files.append(
            FileToPut(path: "/var/lib/cfssl", owner: "cfssl", group: "cfssl", mode: 0o700, sha256: nil, link: nil))
        files.append(
            FileToPut(
                path: "/etc/secret", owner: "root", group: "root", mode: 0o777, sha256: nil, link: "/run/agenix/x"))
        change(&files)
        bed.archive.files = ["grey-area": files]
        let host = try #require(bed.order.hosts.first { $0.name.text == "grey-area" })
        return RestoreFiles(host, bed.archive, authority, extra: [], now: bed.now)
    }

    @Test func aHostWithoutThemGetsAllButWhatMakesItItself() throws {
        let files = try chosen(.none)
        #expect(
            files.first.map(\.path) == [
                "/var/lib/cfssl", "/var/lib/cfssl/ca-key.pem", "/var/lib/cfssl/ca.pem",
                "/var/lib/kubernetes/secrets/kubelet.pem", "/var/lib/kubernetes/secrets/service-account-key.pem",
                "/var/lib/kubernetes/secrets/service-account.pem",
            ])
        #expect(files.leftOut.count == 1 && files.leftOut[0].contains("4 files"))
    }

    /// Certificates that were renewed meanwhile are newer than the archive's; only the accounts' pair belongs to the data.
    @Test func aHostThatHasTheAuthorityKeepsItsCertificates() throws {
        #expect(
            try chosen(.same).first.map(\.path) == [
                "/var/lib/kubernetes/secrets/service-account-key.pem",
                "/var/lib/kubernetes/secrets/service-account.pem",
            ])
    }

    /// Somebody who may sign archives may not write anywhere on a host by one.
    @Test func whatNoUnitNamesIsNotWritten() throws {
        let hostile = [
            "/etc/shadow", "/root/.ssh/authorized_keys", "/var/lib/cfssl", "/var/lib/cfsslx/a", "/usr/bin/sudo",
        ]
        let files = try chosen(.none) { files in
            files += hostile.map {
                FileToPut(path: $0, owner: "root", group: "root", mode: 0o4755, sha256: "00", link: nil)
            }
            // A link that leads out, and a file behind it.
            files.append(
                FileToPut(
                    path: "/var/lib/cfssl/out", owner: "root", group: "root", mode: 0o777, sha256: nil, link: "/etc"))
            files.append(
                FileToPut(
                    path: "/var/lib/cfssl/out/passwd", owner: "root", group: "root", mode: 0o644, sha256: "00",
                    link: nil))
        }
        // A name that would be a line of its own where files are written as lines.
        let lines = try chosen(.none) { files in
            files.append(
                FileToPut(
                    path: "/var/lib/cfssl/x\n9\t/etc/shadow", owner: "root", group: "root", mode: 0o777, sha256: nil,
                    link: "y"))
            files.append(
                FileToPut(
                    path: "/var/lib/cfssl/z", owner: "root\n", group: "root", mode: 0o777, sha256: "00", link: nil))
        }
        #expect(lines.first.allSatisfy { !$0.path.contains("shadow") && $0.path != "/var/lib/cfssl/z" })
        let written = Set(files.first.filter { !$0.isFolder }.map(\.path))
        #expect(written.isDisjoint(with: hostile + ["/var/lib/cfssl/out/passwd"]))
        #expect(files.leftOut.contains { $0.contains("no unit of the host names") })
    }
}
