import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Where to listen, and the bounds on those who call.
public struct WebConfiguration: Sendable {
    public var host: String
    /// 0 takes any free port; ``WebServer/port`` tells which.
    public var port: Int
    /// Nil serves plain HTTP: for loopback alone.
    public var tls: WebTLS?
    /// A connection that sends or takes nothing for so long is closed.
    public var idleTimeout: Duration
    public var maximumConnections: Int
    /// Most bytes of all header fields of one request.
    public var maximumHeaderBytes: Int

    public init(
        host: String, port: Int, tls: WebTLS? = nil, idleTimeout: Duration = .seconds(75), maximumConnections: Int = 512,
        maximumHeaderBytes: Int = 16 << 10
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.idleTimeout = idleTimeout
        self.maximumConnections = maximumConnections
        self.maximumHeaderBytes = maximumHeaderBytes
    }
}

/// The server's certificate chain and key, both PEM. TLS 1.3 alone is spoken.
public struct WebTLS: Sendable {
    public var certificatePEM: String
    public var keyPEM: String
    /// Judges the certificates that a client shows, DER, its own first; false ends the handshake. A client that shows none
    /// is not let in either. Nil: no client is asked.
    public var clients: (@Sendable ([[UInt8]]) async -> Bool)?

    public init(
        certificatePEM: String, keyPEM: String, clients: (@Sendable ([[UInt8]]) async -> Bool)? = nil
    ) {
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
        self.clients = clients
    }
}

public enum WebError: Error, Hashable, Sendable {
    case badCertificate
    case badKey
    /// Certificate and key do not make a server.
    case badTLS
}

/// The one HTTP(S) listener: checkout, metrics, display and host give it their routers.
public final class WebServer: Sendable {
    private let configuration: WebConfiguration
    private let logger: Logger
    private let group: @Sendable (_ signals: [UnixSignal], _ listening: @escaping @Sendable (Int) -> Void) -> ServiceGroup
    private let bound = Mutex<Int?>(nil)
    private let shown: ShownCertificate?

    /// - Throws: ``WebError`` when the certificate or the key can't be read.
    public init<Responder: HTTPResponder>(
        _ configuration: WebConfiguration, responder: Responder, logger: Logger
    ) throws(WebError) where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
        self.configuration = configuration
        self.logger = logger
        let shown = try configuration.tls.map { tls throws(WebError) in try ShownCertificate(tls) }
        self.shown = shown
        let server = try Self.server(configuration, shown)
        group = { signals, listening in
            let application = Application(
                responder: responder, server: server,
                configuration: ApplicationConfiguration(
                    address: .hostname(configuration.host, port: configuration.port), serverName: nil,
                    availableConnectionsDelegate: MaximumAvailableConnections(configuration.maximumConnections)),
                onServerRunning: { listening($0.localAddress?.port ?? configuration.port) }, logger: logger)
            var lifecycle = ServiceGroupConfiguration(
                services: [application], gracefulShutdownSignals: signals, logger: logger)
            lifecycle.maximumGracefulShutdownDuration = .seconds(10)
            return ServiceGroup(configuration: lifecycle)
        }
    }

    /// New connections are shown this certificate from now on; those that stand go on.
    /// - Throws: ``WebError``; then nothing has changed.
    public func show(certificatePEM: String, keyPEM: String) throws(WebError) {
        try shown?.show(certificatePEM: certificatePEM, keyPEM: keyPEM)
    }

    /// The port bound, once listening.
    public var port: Int? { bound.withLock { $0 } }

    /// Serves until cancelled; then open requests are answered, within ten seconds, before it returns.
    /// - Parameter listening: called once with the bound port.
    public func run(listening: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        try await serve(signals: [], listening)
    }

    /// Serves until SIGTERM or SIGINT, then answers the open requests and returns.
    public func runUntilSignal(listening: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        try await serve(signals: [.sigterm, .sigint], listening)
    }

    /// A cancelled accept loop drops connections that were accepted and not yet handled, and SwiftNIO traps on them
    /// (apple/swift-nio issue 3481). So cancellation never reaches the server: it becomes a graceful shutdown.
    private func serve(signals: [UnixSignal], _ listening: @escaping @Sendable (Int) -> Void) async throws {
        let services = group(signals) { self.opened($0, listening) }
        let serving = Task { try await services.run() }
        try await withTaskCancellationHandler {
            try await serving.value
        } onCancel: {
            Task { await services.triggerGracefulShutdown() }
        }
    }

    private func opened(_ port: Int, _ listening: (Int) -> Void) {
        bound.withLock { $0 = port }
        listening(port)
    }

    private static func server(
        _ configuration: WebConfiguration, _ shown: ShownCertificate?
    ) throws(WebError) -> HTTPServerBuilder {
        let idle = configuration.idleTimeout.components.seconds
        let http = HTTPServerBuilder.http1(
            configuration: HTTP1Channel.Configuration(
                idleTimeout: .seconds(max(1, idle)),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: configuration.maximumHeaderBytes,
                    maxHeaderListSize: configuration.maximumHeaderBytes, maxHeaderFieldCount: 100)))
        guard let tls = configuration.tls, let shown else { return http }
        let chain = shown.chain
        var settings = shown.settings
        settings.sslContextCallback = { _, promise in promise.succeed(shown.forConnection) }
        var channel = TLSChannelConfiguration(tlsConfiguration: settings)
        if let clients = tls.clients {
            // A certificate is required; the judge decides in place of BoringSSL, which is left no roots of the system.
            settings.certificateVerification = .noHostnameVerification
            settings.trustRoots = .certificates(chain)
            channel = TLSChannelConfiguration(
                tlsConfiguration: settings,
                customAsyncVerificationCallback: { shown in
                    let bytes = shown.compactMap { try? $0.toDERBytes() }
                    guard bytes.count == shown.count, await clients(bytes) else { return .failed }
                    return .certificateVerified
                })
        }
        guard let builder = try? HTTPServerBuilder.tls(http, configuration: channel) else { throw .badTLS }
        return builder
    }
}
