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
        #expect(ClosureReader.version(in: program, of: package) == version)
    }

    @Test func readsAClosure() throws {
        let closure = try Closure()
        defer { closure.remove() }
        try closure.unit(
            "kubelet", "[Service]\nExecStart=/nix/store/\(Self.hash)-kubernetes-1.21.5/bin/kubelet --v=2\n")
        try closure.unit("etcd", "[Service]\nExecStart=@-/nix/store/\(Self.hash)-etcd-3.4.23/bin/etcd etcd\n")
        try closure.unit("containerd", "[Service]\nExecStart=\n")
        try closure.write("nixos-version", "21.05.1")
        try closure.link("kernel", "/nix/store/\(Self.hash)-linux-5.10.60/bzImage")
        let offer = try ClosureReader.offer(closure: closure.path)
        #expect(
            offer
                == NixOffer(
                    kubernetes: "1.21.5", etcd: "3.4.23", containerd: nil, kernel: "5.10.60", nixos: "21.05.1",
                    toplevel: closure.path))
    }

    @Test func refusesWhatIsNoClosure() throws {
        let closure = try Closure()
        defer { closure.remove() }
        func code() -> NixError.Code? {
            do {
                _ = try ClosureReader.offer(closure: closure.path)
                return nil
            } catch {
                return (error as? NixError)?.code
            }
        }
        #expect(code() == .noClosure)
        try closure.unit("kubelet", "[Service]\nExecStart=/usr/bin/kubelet\n")
        #expect(code() == .noClosure)
        try closure.unit("kubelet", "[Unit]\nDescription=x\n")
        #expect(code() == .noClosure)
    }
}

/// A folder like a built system.
private struct Closure {
    let path = FileManager.default.temporaryDirectory.path + "/kup-closure-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: path + "/etc/systemd/system", withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    func unit(_ name: String, _ text: String) throws { try write("etc/systemd/system/\(name).service", text) }

    func write(_ name: String, _ text: String) throws {
        try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
    }

    func link(_ name: String, _ target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: "\(path)/\(name)", withDestinationPath: target)
    }
}
