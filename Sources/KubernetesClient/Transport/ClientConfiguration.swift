import AsyncHTTPClient
import NIOCore
import NIOSSL

extension HTTPClient.Configuration {
    /// Verified TLS 1.2 or later, HTTP/1.1, no redirects (they would carry the credentials along), no second attempts:
    /// a refused connection is an answer, and the caller decides what follows from it.
    init(_ access: APIServerAccess, location: ServerLocation, connect: Duration) throws(KubernetesError) {
        self.init(tlsConfiguration: try Self.verifiedTLS(access), redirectConfiguration: .disallow)
        timeout.connect = TimeAmount(connect)
        httpVersion = .http1Only
        dnsOverride = location.override
        connectionPool.idleTimeout = .seconds(30)
        connectionPool.retryConnectionEstablishment = false
        // Runs on each new connection after its TLS handshake and before any request is written to it.
        http1_1ConnectionDebugInitializer = { [identity = ServerIdentity(location.identity)] channel in
            do {
                let certificate = try channel.pipeline.syncOperations.nioSSL_peerCertificate()
                guard let certificate, identity.isCarried(by: certificate) else {
                    throw ServerIdentity.Mismatch(expected: identity.text)
                }
                return channel.eventLoop.makeSucceededVoidFuture()
            } catch {
                // The pool forgets the connection first, then it is closed: the pool counts a close as its own event.
                channel.eventLoop.execute { channel.close(promise: nil) }
                return channel.eventLoop.makeFailedFuture(error)
            }
        }
    }

    private static func verifiedTLS(_ access: APIServerAccess) throws(KubernetesError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.shutdownTimeout = .milliseconds(200)  // a server that hangs says no goodbye: do not wait for it
        tls.certificateVerification = .noHostnameVerification  // the name is checked by ServerIdentity
        if case .certificates(let pem) = access.authority {
            let authorities = try usable("the certificate authority") { try NIOSSLCertificate.fromPEMBytes(pem) }
            tls.trustRoots = .certificates(authorities)
        }
        if let client = access.clientCertificate {
            let chain = try usable("the client certificate") { try NIOSSLCertificate.fromPEMBytes(client.chain) }
            tls.certificateChain = chain.map { .certificate($0) }
            tls.privateKey = .privateKey(try privateKey(client.key))
        }
        // Building a context once tells now whether the certificate and the key are a pair.
        _ = try usable("the client certificate with its key") { try NIOSSLContext(configuration: tls) }
        return tls
    }

    private static func usable<Value>(_ what: String, _ make: () throws -> Value) throws(KubernetesError) -> Value {
        do {
            return try make()
        } catch {
            throw KubernetesError(.misconfigured, "\(what) for the API server cannot be used")
        }
    }
}
