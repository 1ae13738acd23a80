/// Shell lines that change the command line of a unit on a host of the lab, and where they put it.
enum UnitChange {
    static func folder(_ unit: String) -> String { "/run/systemd/system/\(unit).service.d" }

    /// Puts the unit's own command line, edited by a `sed` command, before it.
    static func put(_ unit: String, _ edit: String) -> String {
        """
        mkdir -p \(folder(unit))
        { echo '[Service]'; echo ExecStart=; sed -n '/^ExecStart=/{\(edit);p}' /etc/systemd/system/\(unit).service; } \
          >\(folder(unit))/lab.conf
        """
    }

    /// Has the unit run a program of another version of Kubernetes, which is copied to the host before, and waits for it.
    static func run(_ unit: String, of version: String, on node: String) throws {
        let root = "\(Lab.state)/hosts/\(node)/root"
        let copied = try Program.run(
            "/usr/bin/install", ["-m", "755", "\(try Lab.kubernetes(version))/\(unit)", "\(root)/root/\(unit)"])
        guard copied.exitCode == 0 else { throw Lab.Failure(text: copied.errors) }
        _ = try Lab.on(
            node, "sh", "-c", "\(put(unit, "s|=/nix[^ ]*|=/root/\(unit)|")); \(restart(unit))", limit: 120)
    }

    static func undo(_ unit: String, on node: String) {
        _ = try? Lab.on(
            node, "sh", "-c", "rm -rf \(folder(unit)) /root/\(unit); \(restart(unit))", limit: 120)
    }

    /// At once: nobody waits here for a program to end well.
    static func restart(_ unit: String) -> String {
        "systemctl daemon-reload; systemctl kill -s KILL \(unit); sleep 1; systemctl start \(unit)"
    }
}
