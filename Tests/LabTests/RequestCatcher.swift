import Foundation

/// Waits for one HTTP request on this host's loopback and answers it with 200.
final class RequestCatcher: Sendable {
    struct Failure: Error {}

    private let descriptor: Int32
    let port: UInt16

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, size) == 0 && listen(descriptor, 4) == 0
                    && getsockname(descriptor, generic, &size) == 0
            }
        }
        guard isBound else { throw Failure() }
        self.descriptor = descriptor
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(descriptor) }

    /// The request as it came, once the client has sent it all; empty when none came in time.
    func request(within seconds: Int32) -> String {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, seconds * 1_000) == 1 else { return "" }
        let client = accept(descriptor, nil, nil)
        guard client >= 0 else { return "" }
        defer { close(client) }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var text = ""
        var reading = pollfd(fd: client, events: Int16(POLLIN), revents: 0)
        while poll(&reading, 1, 500) == 1 {
            let count = read(client, &buffer, buffer.count)
            if count <= 0 { break }
            text += String(decoding: buffer.prefix(count), as: UTF8.self)
        }
        let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".utf8)
        _ = write(client, answer, answer.count)
        return text
    }
}
