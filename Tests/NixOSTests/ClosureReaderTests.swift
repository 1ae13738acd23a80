import Foundation
import Testing

@testable import NixOS

@Suite struct ClosureReaderTests {
    private static let hash = "0123456789abcdfghijklmnpqrsvwxyz"

    @Test(
        arguments: [
            ("/nix/store/\(hash)-kubernetes-1.20.2/bin/kubelet", "kubernetes", "1.20.2"),
            ("/nix/store/\(hash)-etcd-3.5.16/bin/etcd", "etcd", "3.5.16"),
            ("/nix/store/\(hash)-linux-6.12.5/bzImage", "linux", "6.12.5"),
            ("/nix/store/\(hash)-kubernetes/bin/kubelet", "kubernetes", nil),
            ("/nix/store/\(hash)-kubernetes-man/bin/kubelet", "kubernetes", nil),
            ("/nix/store/short-kubernetes-1.20.2/bin/kubelet", "kubernetes", nil),
            ("/usr/bin/kubelet", "kubernetes", nil), ("", "kubernetes", nil),
        ] as [(String, String, String?)])
    func readsVersions(program: String, package: String, version: String?) {
        #expect(PackageName.version(in: program, of: package) == version)
    }

    @Test func readsAClosure() async throws {
        let folder = try ClosureFolder()
        defer { folder.remove() }
        try folder.unit(
            "kubelet",
            "[Service]\nExecStart=/nix/store/\(Self.hash)-kubernetes-1.21.5/bin/kubelet --v=2 --root-dir=/x\n")
        try folder.unit("etcd", "[Service]\nExecStart=@-/nix/store/\(Self.hash)-etcd-3.4.23/bin/etcd etcd\n")
        try folder.unit("containerd", "[Service]\nExecStart=\n")
        try folder.write("nixos-version", "21.05.1")
        try folder.write("init-interface-version", "systemd 2")
        try folder.write("switch-inhibitors", #"{"systemd":"257.1"}"#)
        try folder.link("kernel", "/nix/store/\(Self.hash)-linux-5.10.60/bzImage")
        let closure = try #require(try await ClosureProbe.read([folder.path])[folder.path])
        // The target does not exist here; on a host the link leads somewhere.
        #expect(closure.links.isEmpty)
        #expect(closure.initInterface == "systemd 2")
        #expect(closure.inhibitors == ["systemd": "257.1"])
        #expect(closure.units["kubelet.service"]?.arguments == ["--v=2", "--root-dir=/x"])
        let offer = try NixOffer(closure)
        #expect(offer.kubernetes == "1.21.5")
        #expect(offer.etcd == "3.4.23")
        #expect(offer.containerd == nil)
        #expect(offer.nixos == "21.05.1")
        #expect(offer.toplevel == folder.path)
        #expect(offer.isBuilt)
    }

    @Test func refusesWhatIsNoClosure() async throws {
        let folder = try ClosureFolder()
        defer { folder.remove() }
        func code() async -> NixError.Code? {
            do {
                let closure = try #require(try await ClosureProbe.read([folder.path])[folder.path])
                _ = try NixOffer(closure)
                return nil
            } catch {
                return (error as? NixError)?.code
            }
        }
        #expect(await code() == .noClosure)
        try folder.unit("kubelet", "[Service]\nExecStart=/usr/bin/kubelet\n")
        #expect(await code() == .noClosure)
        try folder.unit("kubelet", "[Unit]\nDescription=x\n")
        #expect(await code() == .noClosure)
    }

    @Test func dropInsAndWantsBelongToTheirUnit() async throws {
        let folder = try ClosureFolder()
        defer { folder.remove() }
        try folder.unit("sshd", "[Service]\nExecStart=/bin/sshd\n")
        try folder.write("etc/systemd/system/sshd.service.d/overrides.conf", "[Service]\nX-RestartIfChanged=false\n")
        try folder.unit("getty@", "[Service]\nExecStart=/bin/getty\n")
        try folder.write("etc/systemd/system/multi-user.target.wants/sshd.service", "")
        let closure = try #require(try await ClosureProbe.read([folder.path])[folder.path])
        #expect(closure.units.keys.sorted() == ["getty@.service", "sshd.service"])
        let unit = try #require(closure.units["sshd.service"])
        #expect(unit.isWanted && unit.onChange == .keep)
        #expect(unit.ownDigest != unit.digest)
        #expect(closure.units["getty@.service"].map { $0.ownDigest == $0.digest } == true)
    }
}

@Suite struct UnitTextTests {
    private static let base = "[Unit]\nDescription=a\n[Service]\nExecStart=/bin/a --x\nEnvironment=\"A=1 2\" B=3\n"

    @Test(
        arguments: [
            ("[Unit]\nDescription=b\n[Service]\nExecStart=/bin/a --x\nEnvironment=\"A=1 2\" B=3\n", true),
            ("[Service]\nEnvironment=\"A=1 2\" B=3\nExecStart=/bin/a --x\n", true),
            ("# c\n\n[Service]\nExecStart = /bin/a --x\nEnvironment=\"A=1 2\" B=3\n", true),
            ("[Unit]\nX-Reload-Triggers=/z\n[Service]\nExecStart=/bin/a --x\nEnvironment=\"A=1 2\" B=3\n", true),
            ("[Unit]\nX-Restart-Triggers=/z\n[Service]\nExecStart=/bin/a --x\nEnvironment=\"A=1 2\" B=3\n", false),
            ("[Service]\nExecStart=/bin/a --y\nEnvironment=\"A=1 2\" B=3\n", false),
            ("[Service]\nExecStart=/bin/a --x\n", false),
            ("[Service]\nExecStart=/bin/a --x\nEnvironment=\"A=1 2\" B=3\n[Install]\nWantedBy=x\n", false),
        ] as [(String, Bool)])
    func aRestartIsDecidedByWhatCounts(text: String, isSame: Bool) {
        #expect((UnitText([text]).digest == UnitText([Self.base]).digest) == isSame)
    }

    @Test func reloadTriggersOnlyReload() {
        let old = UnitText(["[Unit]\nX-Reload-Triggers=/a\n"])
        let new = UnitText(["[Unit]\nX-Reload-Triggers=/b\n"])
        #expect(old.digest == new.digest)
        #expect(old.reloadDigest != new.reloadDigest)
        #expect(UnitText(["[Unit]\nDescription=a\n"]).reloadDigest.isEmpty)
    }

    @Test func commandsAndEnvironmentAreRead() {
        let text = UnitText([
            "[Service]\nExecStart=/bin/old\nExecStart=\nExecStart=-@/bin/a \\\n  --x=1 --y\nEnvironment=\"A=1 2\" B=3\n"
        ])
        #expect(text.execStart?.program == "/bin/a")
        #expect(text.execStart?.arguments == ["--x=1", "--y"])
        #expect(text.environment == ["A": "1 2", "B": "3"])
    }

    @Test(
        arguments: [
            ("ollama-0.3.1", "ollama", "0.3.1"), ("gcc-wrapper-13.2.0-man", "gcc-wrapper", "13.2.0"),
            ("linux-6.1.55-modules", "linux", "6.1.55"), ("python3-3.11.9", "python3", "3.11.9"),
            ("kubernetes-1.22.0+lab", "kubernetes", "1.22.0+lab"), ("etc", nil, nil), ("nixos-system", nil, nil),
            ("ends-", nil, nil),
        ] as [(String, String?, String?)])
    func packageNamesAreReadAsNvdDoes(path: String, name: String?, version: String?) {
        let split = PackageName.split(path)
        #expect(split?.name == name)
        #expect(split?.version == version)
    }
}

/// A folder like a built system.
private struct ClosureFolder {
    let path = FileManager.default.temporaryDirectory.path + "/kup-closure-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: path + "/etc/systemd/system", withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    func unit(_ name: String, _ text: String) throws { try write("etc/systemd/system/\(name).service", text) }

    func write(_ name: String, _ text: String) throws {
        let folder = (path + "/" + name).split(separator: "/").dropLast().joined(separator: "/")
        try FileManager.default.createDirectory(atPath: "/" + folder, withIntermediateDirectories: true)
        try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
    }

    func link(_ name: String, _ target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: "\(path)/\(name)", withDestinationPath: target)
    }

    @Test func packagesThatAUnitNamesAreRead() {
        let hash = String(repeating: "a", count: 32)
        let text = """
            [Service]
            Environment="PATH=/nix/store/\(hash)-coreutils-9.3/bin:/nix/store/\(hash)-ollama-0.4.0/bin"
            ExecStart=/nix/store/\(hash)-ollama-0.4.0/bin/ollama serve
            ExecStartPre=/nix/store/\(hash)-unit-script-x/bin/x /nix/store/short
            """
        let found = PackageName.versions(of: PackageName.named(in: text))
        #expect(found == ["coreutils": ["9.3"], "ollama": ["0.4.0"]])
    }
}
