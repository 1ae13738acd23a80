import FoundationEssentials

/// Reads the versions of a built system closure from its unit files, without Nix: what would be activated, not promised.
public enum ClosureReader {
    /// Throws ``NixError/Code/noClosure`` when `path` is no NixOS system on this host, or has no Kubernetes in it.
    public static func offer(closure path: String) throws -> NixOffer {
        guard let kubelet = program(of: "kubelet.service", in: path) else {
            throw NixError(.noClosure, "\(path) is not a system closure with a kubelet.service on this host")
        }
        guard let kubernetes = version(in: kubelet, of: "kubernetes") else {
            throw NixError(.noClosure, "\(path): the store path of \(kubelet) names no Kubernetes version")
        }
        return NixOffer(
            kubernetes: kubernetes,
            etcd: program(of: "etcd.service", in: path).flatMap { version(in: $0, of: "etcd") },
            containerd: program(of: "containerd.service", in: path).flatMap { version(in: $0, of: "containerd") },
            kernel: kernel(in: path), nixos: text(of: path + "/nixos-version"), toplevel: path)
    }

    /// The program of a unit's `ExecStart=`.
    static func program(of unit: String, in closure: String) -> String? {
        guard let text = text(of: "\(closure)/etc/systemd/system/\(unit)") else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix("ExecStart=") }
        return line.map { String($0.dropFirst("ExecStart=".count).drop { "@-+!:".contains($0) }.prefix { $0 != " " }) }
    }

    /// `1.20.2` of `/nix/store/…-kubernetes-1.20.2/bin/kubelet`.
    static func version(in program: String, of package: String) -> String? {
        guard let item = program.split(separator: "/").dropFirst(2).first, item.count > 33 else { return nil }
        let name = item.dropFirst(33)
        guard name.hasPrefix(package + "-") else { return nil }
        let version = name.dropFirst(package.count + 1)
        return version.first?.isNumber == true ? String(version) : nil
    }

    private static func kernel(in closure: String) -> String? {
        guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: closure + "/kernel") else {
            return nil
        }
        return version(in: target, of: "linux")
    }

    private static func text(of path: String) -> String? {
        guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int, size < 1 << 20,
            let data = FileManager.default.contents(atPath: path)
        else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}
