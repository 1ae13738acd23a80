import Foundation

/// A program that is run to its end, with a limit; what it printed and how it ended.
struct Program {
    struct Result {
        var exitCode: Int32
        var output: String
        var errors: String
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The binary under test: `KUPGRADE_BINARY`, else the debug build.
    static let kupgrade = ProcessInfo.processInfo.environment["KUPGRADE_BINARY"] ?? root + "/.build/debug/kupgrade"

    static func run(_ path: String, _ arguments: [String], limit: TimeInterval = 180) throws -> Result {
        let process = try start(path, arguments)
        let timer = DispatchSource.makeTimerSource()
        timer.schedule(deadline: .now() + limit)
        timer.setEventHandler { [pid = process.process.processIdentifier] in kill(pid, SIGKILL) }
        timer.resume()
        defer { timer.cancel() }
        return process.finish()
    }

    static func start(_ path: String, _ arguments: [String]) throws -> Running {
        let running = Running(process: Process(), folder: FileManager.default.temporaryDirectory.path + "/\(UUID())")
        try FileManager.default.createDirectory(atPath: running.folder, withIntermediateDirectories: true)
        for name in ["out", "err"] {
            _ = FileManager.default.createFile(atPath: "\(running.folder)/\(name)", contents: nil)
        }
        running.process.executableURL = URL(filePath: path)
        running.process.arguments = arguments
        running.process.standardInput = FileHandle.nullDevice
        running.process.standardOutput = FileHandle(forWritingAtPath: running.folder + "/out")
        running.process.standardError = FileHandle(forWritingAtPath: running.folder + "/err")
        try running.process.run()
        return running
    }

    /// A program that is under way.
    struct Running {
        let process: Process
        let folder: String

        func finish() -> Result {
            process.waitUntilExit()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            func text(_ name: String) -> String {
                String(decoding: FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data(), as: UTF8.self)
            }
            let status =
                process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
            return Result(exitCode: status, output: text("out"), errors: text("err"))
        }
    }
}

/// The lab, by its own command.
enum Lab {
    static let isWanted = ProcessInfo.processInfo.environment["KUPGRADE_LAB"] == "1"
    static let state = "/var/lib/kupgrade-lab"
    static let cluster = state + "/cluster.yaml"

    struct Failure: Error { var text: String }

    @discardableResult
    static func run(_ arguments: String..., isAllowedToFail: Bool = false) throws -> String {
        let result = try Program.run(Program.root + "/Tests/Lab/lab", arguments, limit: 300)
        guard result.exitCode == 0 || isAllowedToFail else {
            throw Failure(text: "lab \(arguments.joined(separator: " ")): \(result.output)\(result.errors)")
        }
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Brings up a topology, unless it is up already and serves.
    static func need(_ topology: String) throws {
        let isUp = try run("status").contains("lab: \(topology), up since")
        if !isUp || (try? eventually(within: 60, "the apiserver") { try kubectl("get", "--raw", "/readyz") }) == nil {
            try run("up", topology)
        }
    }

    static func kubectl(_ arguments: String...) throws -> String {
        let cache =
            ProcessInfo.processInfo.environment["KUPGRADE_LAB_CACHE"] ?? NSHomeDirectory() + "/.cache/kupgrade-lab"
        let result = try Program.run(
            cache + "/kubernetes/1.20.2/bin/kubectl", ["--kubeconfig", state + "/kubeconfig"] + arguments, limit: 30)
        guard result.exitCode == 0 else { throw Failure(text: "kubectl \(arguments): \(result.errors)") }
        return result.output
    }

    /// Nix as the lab uses it: offline, without a build user, as an entry of the environment.
    static let nix =
        "NIX_CONFIG=experimental-features = nix-command flakes\nsandbox = false\nbuild-users-group =\nsubstituters =\n"

    /// The folder with Kubernetes' programs of a version.
    static func kubernetes(_ version: String) throws -> String {
        let cache =
            ProcessInfo.processInfo.environment["KUPGRADE_LAB_CACHE"] ?? NSHomeDirectory() + "/.cache/kupgrade-lab"
        return "\(cache)/kubernetes/\(version)/bin"
    }

    struct Pod {
        var name: String
        var uid: String
        var isTerminating: Bool
    }

    /// Pods on a node, as `namespace/name`; those that wait for one where it is empty.
    static func pods(on node: String) throws -> [Pod] {
        let all = try JSON(text: try kubectl("get", "pods", "-A", "-o", "json"))["items"].array
        return all.filter { ($0["spec"]["nodeName"].text ?? "") == node }.map { pod in
            let metadata = pod["metadata"]
            return Pod(
                name: "\(metadata["namespace"].text ?? "")/\(metadata["name"].text ?? "")",
                uid: metadata["uid"].text ?? "", isTerminating: metadata["deletionTimestamp"].isPresent)
        }
    }

    static func on(_ node: String, _ arguments: String..., limit: TimeInterval = 60) throws -> String {
        let result = try Program.run(Program.root + "/Tests/Lab/lab", ["exec", node] + arguments, limit: limit)
        guard result.exitCode == 0 else { throw Failure(text: "\(node) \(arguments): \(result.errors)") }
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Nodes are Ready, and where that is all of them, so are their hosts: one that lost power is Ready for 40 s more.
    /// `onlyNodes`: what their hosts run is not as it was made.
    static func waitUntilReady(_ count: Int = 3, onlyNodes: Bool = false) throws {
        _ = try eventually(within: 100, "\(count) nodes Ready") {
            let nodes = try kubectl("get", "nodes", "--no-headers").split(separator: "\n")
            guard nodes.filter({ $0.contains(" Ready") }).count == count else { return nil as Bool? }
            if count == 3, !onlyNodes { try hosts.forEach { _ = try on($0, "sh", "-c", serves, "sh", serving) } }
            return true
        }
    }

    private static let hosts = ["grey-area", "congenital-optimist", "limiting-factor"]

    /// Topologies in which every master is meant to serve.
    private static var serving: String {
        let status = (try? run("status")) ?? ""
        return ["single-master", "three-masters"].contains { status.contains("lab: \($0),") } ? "yes" : "no"
    }

    private static let serves = #"""
        systemctl is-active -q kubelet || { echo "no kubelet" >&2; exit 1; }
        [ "$1" = yes ] && systemctl cat kube-apiserver >/dev/null 2>&1 || exit 0
        [ "$(curl -sk -m 5 https://127.0.0.1:6443/readyz)" = ok ] || { echo "no apiserver" >&2; exit 1; }
        """#

    /// The first value that the body gives; asked twice a second, and what it throws is taken as "not yet".
    static func eventually<Value>(
        within seconds: Double, _ what: String, _ body: () throws -> Value?
    ) throws -> Value {
        let end = Date(timeIntervalSinceNow: seconds)
        while true {
            let answer = Result { try body() }
            if case .success(let value?) = answer { return value }
            guard Date() < end else { throw Failure(text: "waited \(Int(seconds)) s for \(what): \(answer)") }
            Thread.sleep(forTimeInterval: 0.5)
        }
    }
}

/// JSON that is looked into by path: `json["nodes"][0]["name"]`.
struct JSON {
    let value: Any?

    init(_ value: Any?) { self.value = value }

    init(text: String) throws {
        value = try JSONSerialization.jsonObject(with: Data(text.utf8))
    }

    subscript(_ key: String) -> JSON { JSON((value as? [String: Any])?[key]) }
    subscript(_ index: Int) -> JSON { JSON((value as? [Any]).flatMap { $0.indices.contains(index) ? $0[index] : nil }) }

    var array: [JSON] { (value as? [Any] ?? []).map { JSON($0) } }
    var text: String? { value as? String }
    var number: Int? { (value as? NSNumber)?.intValue }
    var isPresent: Bool { value != nil }

    func first(_ key: String, _ text: String) -> JSON { array.first { $0[key].text == text } ?? JSON(nil) }
}

enum Kupgrade {
    static func run(_ arguments: String..., cluster: String = Lab.cluster) throws -> Program.Result {
        try Program.run(Program.kupgrade, arguments + ["--cluster", cluster], limit: 120)
    }

    /// The checks of `doctor`, which must end with this status.
    static func doctor(status: Int32) throws -> [JSON] {
        let result = try run("doctor", "--output", "json")
        guard result.exitCode == status else {
            throw Lab.Failure(text: "doctor ended with \(result.exitCode): \(result.output)\(result.errors)")
        }
        return try JSON(text: result.output)["checks"].array
    }

    /// The facts as JSON, and the exit code.
    static func facts(cluster: String = Lab.cluster) throws -> (facts: JSON, exitCode: Int32) {
        let result = try run("facts", "--output", "json", cluster: cluster)
        return (try JSON(text: result.output), result.exitCode)
    }
}
