import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

extension KubernetesError {
    /// Says which of our errors a failed exchange is. `server` is the host and port dialled.
    init(transport error: any Error, call: String, server: String) {
        switch error {
        case let error as KubernetesError: self = error
        case let error as ServerIdentity.Mismatch:
            self.init(
                .tlsRefused, "the certificate of \(server) is not for \(error.expected), so \(call) was not sent")
        case let error as NIOSSLError where !Self.isClosedHandshake(error):
            self.init(.tlsRefused, "TLS with \(server) failed: not signed by the given authority, or no TLS server")
        case is NIOSSLExtraError, is BoringSSLError:
            self.init(.tlsRefused, "TLS with \(server) failed before \(call) was sent")
        case let error as HTTPClientError: self.init(client: error, call: call, server: server)
        case HTTPParserError.invalidEOFState:
            self.init(.unreachable, "\(server) closed the connection in the middle of its answer to \(call)")
        case is HTTPParserError:
            self.init(.notKubernetes, "\(server) does not answer \(call) in HTTP")
        default: self.init(.unreachable, "\(server) cannot be reached for \(call)\(Self.cause(of: error))")
        }
    }

    private init(client error: HTTPClientError, call: String, server: String) {
        switch error {
        case .deadlineExceeded, .readTimeout, .writeTimeout, .tlsHandshakeTimeout:
            self.init(.timedOut, "\(server) accepts connections and did not answer \(call) in time")
        case .connectTimeout, .getConnectionFromPoolTimeout:
            self.init(.unreachable, "\(server) gives no connection for \(call) in time")
        case .remoteConnectionClosed:
            self.init(.unreachable, "\(server) closed the connection during \(call)")
        default: self.init(.unreachable, "\(call) from \(server) failed: \(error.shortDescription)")
        }
    }

    /// A tunnel with nothing behind it accepts and closes: that is no answer in TLS, it is nobody there.
    private static func isClosedHandshake(_ error: NIOSSLError) -> Bool {
        switch error {
        case .handshakeFailed(.sslError(let stack)): stack.contains(.eofDuringHandshake)
        case .handshakeFailed(.syscallError), .uncleanShutdown: true
        default: false
        }
    }

    private static func cause(of error: any Error) -> String {
        switch error {
        case let error as IOError: ": \(systemErrorText(error.errnoCode))"
        case let error as NIOConnectionError where !error.connectionErrors.isEmpty:
            (error.connectionErrors.last?.error as? IOError).map { ": \(systemErrorText($0.errnoCode))" } ?? ""
        case let error as NIOConnectionError where error.dnsAError != nil || error.dnsAAAAError != nil:
            ": the name does not resolve"
        default: ""
        }
    }
}
