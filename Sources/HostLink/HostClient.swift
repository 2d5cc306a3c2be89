import AsyncHTTPClient
import Core
import Foundation
import HostProtocol
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// One exchange at a time with the pinned host: signs what goes, believes only what the host has signed.
final class HostClient: Sendable {
    /// An exchange that gave no answer.
    struct Failure: Error {
        var cause: LinkFailure
        /// False when the host can't have seen the request.
        var mayHaveArrived: Bool
        /// What the host asked for, in milliseconds.
        var retryAfter: Int64?
        /// HTTP status of the host's own refusal.
        var status: Int?
        /// Of the host's own refusal.
        var pace: HostPace?
    }

    private let configuration: HostLinkConfiguration
    private let connections: Mutex<Connections>

    /// AsyncHTTPClient insists on being shut down; the closure keeps it alive until it is. Whoever exchanges holds on to
    /// it: connections in use outlive their replacement.
    private final class Connections: Sendable {
        let client: HTTPClient
        init(_ client: HTTPClient) { self.client = client }
        deinit { client.shutdown { _ in } }
    }

    init(_ configuration: HostLinkConfiguration) throws(LinkConfigurationError) {
        guard let url = URLComponents(string: configuration.baseURL), url.scheme == "https",
            let host = url.host, !host.isEmpty, url.path.isEmpty, url.query == nil, url.fragment == nil,
            url.user == nil, url.password == nil
        else { throw .badURL }
        guard !configuration.terminal.isEmpty, configuration.terminal.utf8.count <= 64,
            configuration.terminal.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw .badTerminalName }
        connections = Mutex(try Self.connections(configuration))
        self.configuration = configuration
    }

    /// New connections are made with these; those in use end with their exchanges.
    func adopt(pinnedCertificates: String, identity: ClientIdentity?) throws(LinkConfigurationError) {
        var changed = configuration
        changed.pinnedCertificatePEM = pinnedCertificates
        changed.clientIdentity = identity
        let fresh = try Self.connections(changed)
        connections.withLock { $0 = fresh }
    }

    private static func connections(_ configuration: HostLinkConfiguration) throws(LinkConfigurationError) -> Connections {
        guard
            let certificates = try? NIOSSLCertificate.fromPEMBytes(Array(configuration.pinnedCertificatePEM.utf8)),
            (1...HostTrust.mostCertificates).contains(certificates.count), certificates.allSatisfy(PinCheck.isGood)
        else { throw .badCertificate }

        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(certificates)
        tls.certificateVerification = .fullVerification
        tls.minimumTLSVersion = .tlsv13
        if let identity = configuration.clientIdentity {
            guard let own = try? NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8)), own.count == 1,
                let key = try? NIOSSLPrivateKey(bytes: Array(identity.keyPEM.utf8), format: .pem)
            else { throw .badCertificate }
            tls.certificateChain = own.map { .certificate($0) }
            tls.privateKey = .privateKey(key)
        }
        var http = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(configuration.timeouts.connect)), proxy: nil, decompression: .disabled)
        http.httpVersion = .http1Only
        // Below the host's own idle limit, so that no request is written into a connection the host is closing.
        http.connectionPool.idleTimeout = .seconds(30)
        http.connectionPool.retryConnectionEstablishment = false
        return Connections(HTTPClient(eventLoopGroupProvider: .singleton, configuration: http))
    }

    /// Posts `body` and gives the bytes of the host's signed 200.
    /// - Parameter limit: most bytes an answer may have.
    func post(
        _ path: String, _ body: [UInt8], limit: Int, timeout: Duration
    ) async throws(Failure) -> [UInt8] {
        let sent = BodyOnce(body)
        let response: (status: Int, signature: String?, retryAfter: Int64?, body: [UInt8])
        do {
            let signature = try HostSignature.signRequest(
                method: "POST", path: path, body: body, key: configuration.terminalKey)
            var request = HTTPClientRequest(url: configuration.baseURL + path)
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/json")
            request.headers.add(name: HostHeader.terminal, value: configuration.terminal)
            request.headers.add(name: HostHeader.signature, value: signature)
            request.body = .stream(sent, length: .known(Int64(body.count)))
            let ready = request
            let connections = connections.withLock { $0 }
            response = try await withDeadline(timeout) {
                let answer = try await connections.client.execute(ready, timeout: TimeAmount(timeout))
                // What says that it is too large is not read at all; what does not say so is cut off while it comes.
                let announced = answer.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
                guard announced <= limit else {
                    throw LinkFailure.notOurHost(status: Int(answer.status.code), .size)
                }
                var bytes: [UInt8] = []
                bytes.reserveCapacity(max(0, announced))
                for try await part in answer.body {
                    guard bytes.count + part.readableBytes <= limit else {
                        throw LinkFailure.notOurHost(status: Int(answer.status.code), .size)
                    }
                    bytes.append(contentsOf: part.readableBytesView)
                }
                return (
                    Int(answer.status.code), answer.headers.first(name: HostHeader.signature),
                    Self.retryAfter(answer.headers.first(name: "Retry-After")), bytes
                )
            }
        } catch {
            throw Failure(cause: Self.cause(of: error), mayHaveArrived: sent.mayHaveLeft)
        }

        guard HostSignature.verifyAnswer(response.body, signature: response.signature, key: configuration.hostSigningKey)
        else {
            throw Failure(
                cause: .notOurHost(status: response.status, .signature), mayHaveArrived: true,
                retryAfter: response.retryAfter.map { min($0, Self.longestUnsignedWait) })
        }
        guard response.status == 200 else {
            let refusal = try? WireJSON.decode(FailureAnswer.self, from: response.body)
            let cause: LinkFailure =
                refusal.map { $0.type == .failure ? .refused(reason: Self.word($0.reason)) : .malformed(field: "type") }
                ?? .malformed(field: "")
            let pace = refusal?.pace.flatMap { $0.isWellFormed ? $0 : nil }
            // A host that has too much to do has not looked at it: its word for that is signed.
            throw Failure(
                cause: cause, mayHaveArrived: cause != .refused(reason: FailureAnswer.overloaded),
                retryAfter: response.retryAfter ?? pace?.retryAfter.map { $0 * 1000 }, status: response.status, pace: pace)
        }
        return response.body
    }

    /// Runs `work` for no longer than `limit`, the reading of the answer included.
    private func withDeadline<Value: Sendable>(
        _ limit: Duration, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask(operation: work)
            group.addTask {
                try await Task.sleep(for: limit)
                throw LinkFailure.timeout
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    /// Whoever answers in the host's place may ask for patience, but not for long: a balancer before the host has a reason to, a
    /// log-in page none.
    static let longestUnsignedWait: Int64 = 60_000

    /// Seconds in the header, milliseconds out.
    static func retryAfter(_ text: String?) -> Int64? {
        guard let text, text.utf8.count <= 9, let seconds = Int64(text), seconds >= 0 else { return nil }
        return seconds * 1000
    }

    /// A refusal's reason as a word for logs: letters, digits, at most 40.
    static func word(_ text: String) -> String {
        let word = text.unicodeScalars.prefix(40).map { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9": Character(scalar)
            default: Character("?")
            }
        }
        return String(word)
    }

    static func cause(of error: any Error) -> LinkFailure {
        switch error {
        case let failure as LinkFailure: failure
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: .tls
        case let error as HTTPClientError:
            switch error {
            case .connectTimeout, .deadlineExceeded, .readTimeout, .writeTimeout, .getConnectionFromPoolTimeout,
                .tlsHandshakeTimeout:
                .timeout
            case .remoteConnectionClosed, .uncleanShutdown: .unreachable("connectionClosed")
            case .cancelled: .unreachable("cancelled")
            default: .unreachable(error.shortDescription.replacingOccurrences(of: " ", with: ""))
            }
        case let error as NIOConnectionError:
            if error.dnsAError != nil || error.dnsAAAAError != nil {
                .unreachable("nameNotResolved")
            } else {
                error.connectionErrors.first.map { cause(of: $0.error) } ?? .unreachable("connect")
            }
        case let error as IOError:
            switch error.errnoCode {
            case ECONNREFUSED: .unreachable("connectionRefused")
            case ECONNRESET, EPIPE: .unreachable("connectionReset")
            case ENETUNREACH, EHOSTUNREACH: .unreachable("noRoute")
            case ETIMEDOUT: .timeout
            default: .unreachable("errno\(error.errnoCode)")
            }
        case is CancellationError: .unreachable("cancelled")
        case let error as ChannelError:
            if case .connectTimeout = error { .timeout } else { .unreachable("connectionClosed") }
        default: .unreachable("other")
        }
    }
}

extension TimeAmount {
    /// Saturates.
    init(_ duration: Duration) {
        let parts = duration.components
        let (nanoseconds, overflow) = parts.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, tooMuch) = nanoseconds.addingReportingOverflow(parts.attoseconds / 1_000_000_000)
        self = .nanoseconds(overflow || tooMuch ? .max / 4 : sum)
    }
}
