import HTTPTypes
import HostProtocol
import Hummingbird
import NIOCore
import NIOSSL
import Synchronization

/// What a host can be told to do wrong, so that terminals can be tried against it.
public enum HostFault: Sendable, Hashable {
    /// 200 with JSON that no one signed.
    case garbage
    /// 200 with a log-in page, as a captive portal sends.
    case captive
    /// Answers after so many milliseconds.
    case slow(Int)
    /// Does what it is asked to do and closes the connection without an answer. Signs of life and limits are answered: a
    /// terminal sends nothing to a host that it takes for dead.
    case dropAnswer
}

/// The fault in force; may change while the host runs.
public final class HostFaults: Sendable {
    private let fault: Mutex<HostFault?>

    public init(_ fault: HostFault? = nil) { self.fault = Mutex(fault) }

    public var current: HostFault? {
        get { fault.withLock { $0 } }
        set { fault.withLock { $0 = newValue } }
    }
}

/// The host's interface over HTTP: signed POSTs of ``HostPath``, and their description for anyone.
public struct HostResponder: HTTPResponder {
    /// A request's context that can hang up.
    public struct Context: RequestContext {
        public var coreContext: CoreRequestContextStorage
        let channel: any Channel

        public init(source: ApplicationRequestContextSource) {
            coreContext = CoreRequestContextStorage(source: source)
            channel = source.channel
        }
    }

    private let service: HostService
    private let faults: HostFaults

    public init(_ service: HostService, faults: HostFaults = HostFaults()) {
        self.service = service
        self.faults = faults
    }

    public func respond(to request: Request, context: Context) async throws -> Response {
        let fault = faults.current
        switch fault {
        case .garbage: return plain("application/json", #"{"type":"batch","results":"#)
        case .captive: return plain("text/html", "<!doctype html><title>Wi-Fi</title><h1>Please log in</h1>")
        case .slow(let milliseconds): try await Task.sleep(for: .milliseconds(milliseconds))
        case .dropAnswer, nil: break
        }
        let path = request.uri.path
        if request.method == .get, path == HostPath.description { return plain("application/json", HostDescription.text) }
        guard request.method == .post, let limit = HostService.bodyLimit(path) else {
            return response(try service.failure(404, "notFound"))
        }
        guard let body = try? await request.body.collect(upTo: limit) else {
            return response(try service.failure(413, "tooLarge"))
        }
        let terminal = header(request, HostHeader.terminal), signature = header(request, HostHeader.signature)
        let certificate = service.wantsCertificates ? await clientCertificate(context.channel) : nil
        let answer = { @Sendable in
            try await service.answer(
                path: path, terminal: terminal, signature: signature, body: Array(body.readableBytesView),
                certificate: certificate)
        }
        // A request for limits may be held: then it ends with its connection.
        let reply = path == HostPath.limits ? try await whileConnected(context.channel, answer) : try await answer()
        if fault == .dropAnswer, path != HostPath.health, path != HostPath.limits {
            try? await context.channel.close()
            throw CancellationError()
        }
        return response(reply)
    }

    /// Cancels `work` when the client goes away or the server wants to shut down.
    private func whileConnected<Value: Sendable>(
        _ channel: any Channel, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = Task { try await work() }
        try? await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.addHandler(
                ConnectionEnd { task.cancel() }, name: ConnectionEnd.name, position: .first)
        }.get()
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        try? await channel.pipeline.removeHandler(name: ConnectionEnd.name).get()
        return try result.get()
    }

    private func clientCertificate(_ channel: any Channel) async -> [UInt8]? {
        guard let certificate = try? await channel.nioSSL_peerCertificate().get() else { return nil }
        return try? certificate.toDERBytes()
    }

    private func header(_ request: Request, _ name: String) -> String? {
        HTTPField.Name(name).flatMap { request.headers[$0] }
    }

    private func response(_ reply: HostService.Reply) -> Response {
        var headers: HTTPFields = [.contentType: "application/json", .cacheControl: "no-store"]
        if let name = HTTPField.Name(HostHeader.signature) { headers[name] = reply.signature }
        if let seconds = reply.retryAfter { headers[.retryAfter] = "\(seconds)" }
        return Response(
            status: HTTPResponse.Status(code: reply.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body)))
    }

    private func plain(_ type: String, _ text: String) -> Response {
        Response(status: .ok, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

/// Tells once when the client has closed its side, the connection has gone, or the server is shutting down. Sits next to
/// the socket, where nothing above can withhold the news.
private final class ConnectionEnd: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = NIOAny
    static let name = "kassa-connection-end"
    private let tell: @Sendable () -> Void

    init(_ tell: @escaping @Sendable () -> Void) { self.tell = tell }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed, is ChannelShouldQuiesceEvent: tell()
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        tell()
        context.fireChannelInactive()
    }
}
