import AsyncHTTPClient
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension APIServerConnection {
    /// All pods that are bound to a node, and the version of the reading, from which a watch goes on.
    public func reading(on node: String) async throws -> (pods: [PodObject], version: String) {
        let read = try await reading(PodObject.self, at: "/api/v1/pods", query: Self.selection(node))
        return (read.items, read.version)
    }

    private static func selection(_ node: String) -> [(String, String)] { [("fieldSelector", "spec.nodeName=\(node)")] }

    /// Those of the pods, by UID, that end on the node after a reading: as soon as all have, or when the seconds are over.
    ///
    /// Not an error: that the server ends the watch earlier, or no longer knows the reading.
    public func endings(
        of uids: Set<String>, on node: String, since version: String, seconds: Int
    ) async throws -> Set<String> {
        let request = Transport.Request(
            path: "/api/v1/pods",
            query: Self.selection(node) + [
                ("watch", "true"), ("resourceVersion", version), ("timeoutSeconds", "\(seconds)"),
            ], deadline: .seconds(seconds) + limits.request, limit: limits.answerBytes)
        return try await transport.exchange(request) { response in
            guard response.status == .ok else {
                let answer = try await response.answer(for: request)
                if let error = KubernetesError(answer, call: request.call), error.code != .expired { throw error }
                return []
            }
            var lines = WatchLines(limit: request.limit)
            var gone: Set<String> = []
            for try await chunk in response.body {
                for line in try lines.take(chunk.readableBytesView) {
                    guard let event = try? JSONDecoder().decode(WatchEvent.self, from: line), event.type != "ERROR"
                    else { return gone }
                    if event.type == "DELETED", let uid = event.object.metadata?.uid { gone.insert(uid) }
                    if gone.isSuperset(of: uids) { return gone }
                }
            }
            return gone
        }
    }
}

/// One line of a watch (meta/v1 `WatchEvent`).
private struct WatchEvent: Decodable {
    struct Object: Decodable {
        struct Metadata: Decodable {
            var uid: String?
        }

        var metadata: Metadata?
    }

    var type: String
    var object: Object
}

/// Cuts a stream into lines.
struct WatchLines {
    /// Bytes that a line may have.
    let limit: Int
    private var rest = Data()

    init(limit: Int) { self.limit = limit }

    /// The lines that are complete now. Throws `tooLarge`.
    mutating func take(_ bytes: some Collection<UInt8>) throws(KubernetesError) -> [Data] {
        rest.append(contentsOf: bytes)
        var lines: [Data] = []
        while let end = rest.firstIndex(of: 10) {
            lines.append(Data(rest[rest.startIndex..<end]))
            rest = Data(rest[rest.index(after: end)...])
        }
        guard rest.count <= limit else {
            throw KubernetesError(.tooLarge, "a line of a watch is larger than \(limit) bytes")
        }
        return lines
    }
}
