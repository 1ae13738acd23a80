import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What runs on this host, by `/proc`.
enum Processes {
    /// Every process with `text` in its command line, this one left out.
    static func with(_ text: String) -> [Int32] {
        all().filter { $0 != getpid() && commandLine($0).contains(text) }
    }

    static func children(of parent: Int32) -> [Int32] {
        all().filter { pid in
            let stat = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
            guard let end = stat.lastIndex(of: ")") else { return false }
            return stat[end...].split(separator: " ").dropFirst(2).first == "\(parent)"
        }
    }

    /// Waits until `isTrue`, at most `seconds`; what it was in the end.
    static func wait(seconds: Int = 10, until isTrue: () -> Bool) async -> Bool {
        for _ in 0..<(seconds * 20) {
            if isTrue() { return true }
            try? await Task.sleep(for: .milliseconds(50))
        }
        return isTrue()
    }

    /// A duration for `sleep` that no other test uses, and by which its process is found.
    static func uniqueSleep() -> String { "300.\(UInt32.random(in: 1_000_000...UInt32.max))" }

    private static func all() -> [Int32] {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
    }

    private static func commandLine(_ pid: Int32) -> String {
        FileManager.default.contents(atPath: "/proc/\(pid)/cmdline").map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
