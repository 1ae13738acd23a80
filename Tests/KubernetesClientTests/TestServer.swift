import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A TLS server on loopback that plays an API server, well or badly.
final class TestServer: Sendable {
    struct Request: Sendable {
        /// With its query.
        var uri: String
        var headers: HTTPHeaders
    }

    enum Reply: Sendable {
        case json(String, status: Int = 200)
        case full(status: Int, headers: [(String, String)], body: String)
        /// Never answers.
        case silence
        /// A head, and then a byte now and then, for ever.
        case drip
        /// This many bytes of body, without saying so before.
        case flood(bytes: Int)
        case hangUp
        /// A head that promises more than comes before the end.
        case cutOff
    }

    let port: Int
    private let channel: any Channel
    private let seen: NIOLockedValueBox<[Request]>

    /// What was asked so far.
    var requests: [Request] { seen.withLockedValue { $0 } }

    init(_ pair: TestAuthority.Pair?, _ reply: @escaping @Sendable (Request) -> Reply) async throws {
        let seen = NIOLockedValueBox<[Request]>([])
        let context = try pair.map(Self.context)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let sync = channel.pipeline.syncOperations
                    if let context { try sync.addHandler(NIOSSLServerHandler(context: context)) }
                    try sync.configureHTTPServerPipeline()
                    try sync.addHandler(Responder(seen: seen, reply: reply))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
        self.seen = seen
    }

    func stop() async { try? await channel.close() }

    private static func context(_ pair: TestAuthority.Pair) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(pair.chain)
        let key = try NIOSSLPrivateKey(bytes: pair.key, format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)))
    }
}

private final class Responder: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let seen: NIOLockedValueBox<[TestServer.Request]>
    private let reply: @Sendable (TestServer.Request) -> TestServer.Reply

    init(
        seen: NIOLockedValueBox<[TestServer.Request]>,
        reply: @escaping @Sendable (TestServer.Request) -> TestServer.Reply
    ) {
        self.seen = seen
        self.reply = reply
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        let request = TestServer.Request(uri: head.uri, headers: head.headers)
        seen.withLockedValue { $0.append(request) }
        switch reply(request) {
        case .json(let body, let status):
            send(context, status, [("Content-Type", "application/json")], body)
        case .full(let status, let headers, let body): send(context, status, headers, body)
        case .silence: break
        case .drip:
            writeHead(context, 200, [("Content-Type", "application/json")])
            drip(context)
        case .flood(let bytes): flood(context, bytes)
        case .hangUp: context.close(promise: nil)
        case .cutOff:
            writeHead(context, 200, [("Content-Type", "application/json"), ("Content-Length", "100")])
            writeBody(context, "{\"kind\":")
            context.flush()
            context.close(promise: nil)
        }
    }

    private func send(_ context: ChannelHandlerContext, _ status: Int, _ headers: [(String, String)], _ body: String) {
        writeHead(context, status, headers + [("Content-Length", "\(body.utf8.count)")])
        writeBody(context, body)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    private func writeHead(_ context: ChannelHandlerContext, _ status: Int, _ headers: [(String, String)]) {
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: HTTPHeaders(headers))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    private func writeBody(_ context: ChannelHandlerContext, _ text: String) {
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
    }

    private func drip(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        writeBody(context, " ")
        context.flush()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(50)) { bound.value.0.drip(bound.value.1) }
    }

    private func flood(_ context: ChannelHandlerContext, _ bytes: Int) {
        writeHead(context, 200, [("Content-Type", "application/json")])
        let piece = String(repeating: " ", count: 64 << 10)
        for _ in 0..<(bytes / piece.utf8.count) { writeBody(context, piece) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
