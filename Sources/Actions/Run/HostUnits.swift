public import NodeAccess

/// What the units of a cluster do on a host, for people.
public struct HostUnits: Sendable {
    let session: any NodeSession

    public init(_ session: any NodeSession) { self.session = session }

    /// `etcd active, kube-apiserver held, …`.
    public func summary() async throws -> String {
        let result = try await session.run(.script(Self.units + Self.states))
        let parts = result.outputText.split(separator: "\n").map(String.init)
        return parts.isEmpty ? "no units of a cluster" : parts.joined(separator: ", ")
    }

    /// The last lines of units that failed.
    public func failures() async throws -> [String] {
        let result = try await session.run(.script(Self.units + Self.logs, outputLimit: 64 << 10))
        return result.outputText.split(separator: "\n").map(String.init)
    }

    private static let units = #"""
        PATH=$PATH:/run/current-system/sw/bin:/usr/bin:/bin
        units="etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy flannel containerd cfssl certmgr"
        units="$units kube-addon-manager kube-certmgr-bootstrap"

        """#

    private static let states = #"""
        for u in $units; do
          load=$(systemctl show -p LoadState --value $u.service); [ "$load" = loaded ] || continue
          state=$(systemctl show -p ActiveState --value $u.service)
          if [ -e /var/lib/kupgrade/holds/$u.service ]; then state=held; fi
          echo "$u $state"
        done
        """#

    private static let logs = #"""
        for u in $units; do
          case $(systemctl show -p ActiveState,SubState --value $u.service | tr '\n' ' ') in
            failed*|*auto-restart*) echo "$u.service:"; journalctl -u $u.service -n 20 --no-pager -o cat 2>/dev/null ;;
          esac
        done
        """#
}
