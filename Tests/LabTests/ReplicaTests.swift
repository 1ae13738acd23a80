import Foundation
import Testing

extension ClusterTests.SingleMaster {
    private static let place = "limiting-factor:/var/backup/replica"
    private static let folder = "/var/backup/replica"

    @Test func copiesArriveWholeAndNothingThereIsOverwritten() throws {
        try Lab.waitUntilReady()
        defer { _ = try? Lab.on("limiting-factor", "rm", "-rf", Self.folder) }
        try BackupBench.with(settings: ["replicas: [\"\(Self.place)\", \"rclone::local:@/remote\"]"]) { bench in
            _ = try bench.shell("strip -o kupgrade \(Program.kupgrade)")
            let (entry, exitCode) = try bench.create()
            #expect(exitCode == 0)
            let name = try #require(entry["name"].text)
            let sealed = "\(name).tar.zst.age"
            func there(_ file: String) throws -> String {
                String(try Lab.on("limiting-factor", "sha256sum", "\(Self.folder)/\(file)").prefix(64))
            }
            for file in bench.files() {
                let here = try bench.shell("sha256sum archives/\(file)").output.prefix(64)
                #expect(try there(file) == here)
                #expect(try bench.shell("sha256sum remote/\(file)").output.prefix(64) == here)
            }
            #expect(try bench.run("backup", "list").output.contains(" 2/2 "))
            // The program that was sent runs where nothing else of it is.
            let version = try Lab.on(
                "limiting-factor", "sh", "-c",
                "cd \(Self.folder); tar xf kupgrade.tar; kupgrade/ld-linux-*.so.* --library-path kupgrade kupgrade/kupgrade --version"
            )
            #expect(version == (try bench.run("--version").output.trimmingCharacters(in: .whitespacesAndNewlines)))

            // One that was cut off goes on where it stopped; a half that is another file's is thrown away.
            func forget() throws {
                _ = try bench.shell(
                    """
                    for n in archives/.notes/*.json; do echo '{"replicas": {}, "pins": [], "isOwn": true}' >$n; done
                    """)
            }
            let part =
                "\(sealed).\(try bench.shell("cat archives/.kupgrade-archives").output.trimmingCharacters(in: .whitespacesAndNewlines)).sending"
            func replace(_ script: String) throws {
                _ = try Lab.on("limiting-factor", "sh", "-c", "cd \(Self.folder); \(script)")
            }
            try forget()
            try replace("head -c 70000 \(sealed) >\(part); rm \(sealed)")
            #expect(try bench.run("backup", "replicate").exitCode == 0)
            #expect(try there(sealed) == entry["sha256"].text)
            try forget()
            try replace("head -c 70000 /dev/zero >\(part); rm \(sealed)")
            let differs = try bench.run("backup", "replicate")
            #expect(differs.exitCode == 3 && differs.output.contains("did not arrive as it is here"), "\(differs)")
            #expect(try bench.run("backup", "replicate").exitCode == 0)
            #expect(try there(sealed) == entry["sha256"].text)

            // What is there under the name stays, whatever it is.
            try forget()
            try replace("echo other >\(sealed)")
            let other = try bench.run("backup", "replicate")
            #expect(other.exitCode == 3 && other.output.contains("is there with another content"), "\(other)")
            #expect(try Lab.on("limiting-factor", "cat", "\(Self.folder)/\(sealed)") == "other")

            // What somebody removed there is missed, and the newest sent again; what was left alone still is.
            try replace("rm \(sealed)")
            #expect(try bench.run("backup", "replicate").exitCode == 0)
            try replace("rm \(name).json")
            let missed = try bench.run("backup", "replicate")
            #expect(missed.exitCode == 0 && missed.output.contains("gone from there: 1 archive"), "\(missed)")
            #expect(try there("\(name).json") == (try bench.shell("sha256sum archives/\(name).json").output.prefix(64)))
            _ = try bench.shell("rm remote/\(name).json")
            let missedByRclone = try bench.run("backup", "replicate")
            #expect(missedByRclone.output.contains("gone from there: 1 archive"), "\(missedByRclone)")
            #expect(try bench.run("backup", "list").output.contains(" 2/2 "))

            // Another disk is mounted there, or none.
            try replace("rm .kupgrade-archives \(sealed)")
            let (second, code) = try bench.create()
            #expect(code == 3 && second["grade"].text == "proven")
            let status = try bench.run("backup", "status")
            #expect(status.output.hasPrefix("OK: "))
            #expect(status.output.contains("\(Self.place) lacks 1 archive"), "\(status.output)")
            #expect(try bench.run("backup", "replicate", "--new-place").exitCode == 0)
            #expect(try there(sealed) == entry["sha256"].text)
        }
    }

    @Test func whatTheRetentionNoLongerKeepsGoesAfterAProvenArchive() throws {
        try Lab.waitUntilReady()
        try BackupBench.with(settings: ["retention: {last: 2}"]) { bench in
            var made: [String] = []
            for _ in 0..<3 { made.append(try #require(try bench.create().entry["name"].text)) }
            #expect(try bench.listed() == [made[2], made[1]])
            #expect(try bench.shell("ls archives/.trash").output.contains("\(made[0]).tar.zst.age\n"))
            _ = try bench.create("--no-prune")
            #expect(try bench.listed().count == 3)
            let preview = try bench.run("backup", "prune", "--dry-run")
            #expect(preview.output.contains("remove  \(made[1])"), "\(preview.output)")
            #expect(try bench.listed().count == 3)
            // Somebody else's archives count for nothing, whatever they say of themselves.
            _ = try bench.shell("sed -i 's/\"revision\" : [0-9]*/\"revision\" : 1/' archives/\(made[2]).json")
            #expect(try bench.run("backup", "list").output.contains("suspect"))
            _ = try bench.shell("rm archives/.kupgrade-archives")
            let refused = try bench.run("backup", "prune")
            #expect(refused.exitCode == 20 && refused.errors.contains("KUP-E100"), "\(refused.errors)")
            #expect(try bench.listed().count == 3)
            // As on the host of a replica, which has not made them.
            #expect(try bench.run("backup", "prune", "--new-place").exitCode == 0)
        }
    }

    /// Two makers of one folder at once: neither sweeps or overwrites what the other is writing.
    @Test func twoAtOnceMakeTwoArchives() throws {
        try Lab.waitUntilReady()
        try BackupBench.with { bench in
            _ = try bench.create()
            let both = try bench.shell(
                """
                export XDG_STATE_HOME=$PWD/state
                make() { \(Program.kupgrade) backup create --cluster \(bench.cluster) \
                  --signing-key sign.key >/dev/null; }
                make & first=$!; make; wait $first
                """)
            #expect(both.exitCode == 0, "\(both.errors)")
            let names = try bench.listed()
            #expect(names.count == 3)
            for name in names {
                #expect(try bench.run("backup", "verify", name, "--identity", bench.identity).exitCode == 0)
            }
        }
    }

    /// What makes a file whole on a disk: its bytes are flushed before it has its name, its name before the next one.
    @Test func everythingIsFlushedBeforeItIsNamed() throws {
        try Lab.waitUntilReady()
        try BackupBench.with { bench in
            let traced = try bench.shell(
                """
                XDG_STATE_HOME=$PWD/state strace --follow-forks --decode-fds=path --output=trace \
                  --trace=fsync,rename,renameat,renameat2 \(Program.kupgrade) backup create \
                  --cluster \(bench.cluster) --signing-key sign.key >/dev/null
                """)
            #expect(traced.exitCode == 0, "\(traced.errors)")
            let trace = try String(contentsOfFile: bench.scratch.path + "/trace", encoding: .utf8)
            let calls = trace.split(separator: "\n").filter { $0.contains("/archives") && $0.contains("= 0") }
            func position(_ call: String, _ text: String, from start: Int = 0) -> Int? {
                calls.indices.first { $0 >= start && calls[$0].contains(call) && calls[$0].contains(text) }
            }
            var last = 0
            for suffix in [".tar.zst.age", ".tar.zst.age.minisig", ".json"] {
                let flushed = try #require(position("fsync(", "\(suffix).part>", from: last), "\(calls)")
                let named = try #require(position("rename", "\(suffix)\")", from: flushed), "\(calls)")
                last = try #require(position("fsync(", "/archives>", from: named), "\(calls)")
            }
        }
    }
}
