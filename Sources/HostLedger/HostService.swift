import Core
import Crypto
import HostProtocol
import Logging

/// Answers signed requests of terminals with signed answers, refusals included. Knows nothing of HTTP but the numbers.
public struct HostService: Sendable {
    public struct Reply: Sendable {
        public var status: Int
        public var body: [UInt8]
        /// Base64, over exactly `body`.
        public var signature: String
        /// Seconds.
        public var retryAfter: Int?
    }

    private let ledger: any LedgerPort
    private let signingKey: Curve25519.Signing.PrivateKey
    private let clock: @Sendable () -> UTCInstant
    private let logger: Logger
    /// How much this host takes at once; may change while it runs.
    public let pace: PaceKeeper
    private let certificates: CertificateDesk?
    private let tagKeys: TagKeyDesk?

    /// - Parameters:
    ///   - limits: how much it takes at once, and how many terminals a second after an outage; it spreads them accordingly.
    ///   - certificates: without them, terminals are known by their signatures alone.
    ///   - tagKeys: without them, terminals are given none.
    public init(
        ledger: any LedgerPort, signingKey: Curve25519.Signing.PrivateKey, clock: @escaping @Sendable () -> UTCInstant,
        logger: Logger = Logger(label: "kassa-host"), limits: HostLoad.Limits = HostLoad.Limits(),
        certificates: CertificateDesk? = nil, tagKeys: TagKeyDesk? = nil
    ) {
        self.tagKeys = tagKeys
        pace = PaceKeeper(ledger: ledger, limits: limits)
        self.certificates = certificates
        self.ledger = ledger
        self.signingKey = signingKey
        self.clock = clock
        self.logger = logger
    }

    /// Most bytes of a request to `path`; nil when there is no such path.
    public static func bodyLimit(_ path: String) -> Int? {
        switch path {
        case HostPath.records: 4 << 20
        case HostPath.health, HostPath.limits, HostPath.authorisations, HostPath.certificates, HostPath.tagKeys: 64 << 10
        case HostPath.reconciliations: 256 << 10
        default: nil
        }
    }

    /// - Parameters:
    ///   - terminal: of ``HostHeader/terminal``.
    ///   - signature: of ``HostHeader/signature``.
    ///   - certificate: of the TLS client, DER.
    public func answer(
        path: String, terminal: String?, signature: String?, body: [UInt8], certificate: [UInt8]? = nil
    ) async throws -> Reply {
        do throws(LedgerError) {
            guard path != HostPath.certificates || certificates != nil, path != HostPath.tagKeys || tagKeys != nil else {
                return try failure(404, "notFound")
            }
            let terminal = terminal ?? ""
            if let refusal = await refusal(of: certificate, terminal, path) {
                logger.notice("refused", metadata: ["path": "\(path)", "certificate": "\(refusal.rawValue)"])
                return try failure(403, "certificate" + refusal.rawValue.prefix(1).uppercased() + refusal.rawValue.dropFirst())
            }
            // Before it takes a place: who is nobody keeps nobody out.
            let key = try await ledger.terminalKey(terminal)
            guard HostSignature.verifyRequest(method: "POST", path: path, body: body, signature: signature, key: key) else {
                return try failure(401, "badSignature")
            }
            let reply = try await pace.admit(Self.errand(path, body)) { () throws(LedgerError) -> Reply in
                try signed(200, try await answer(path, terminal, body))
            }
            switch reply {
            case .success(let reply): return reply
            case .failure(let overload):
                logger.notice("sent away", metadata: ["path": "\(path)", "status": "\(overload.status)"])
                return try sentAway(overload)
            }
        } catch {
            logger.notice("refused", metadata: ["path": "\(path)", "error": "\(error)"])
            switch error {
            case .unknownTerminal: return try failure(401, "unknownTerminal")
            case .malformed(let field): return try failure(400, "malformed", field: field)
            case .paymentReused: return try failure(409, "paymentReused")
            case .unavailable: return try failure(503, "unavailable", retryAfter: 2)
            case .refused("certificateRevoked"): return try failure(403, "certificateRevoked")
            case .refused(TagKeyAnswer.noKeys): return try failure(404, TagKeyAnswer.noKeys)
            case .refused(TagKeyAnswer.notEnrolled) where path == HostPath.tagKeys:
                return try failure(403, TagKeyAnswer.notEnrolled)
            case .unknownAccount, .unknownPerson, .unknownProgramme, .unknownInstrument, .exists, .duplicatePerson, .refused:
                return try failure(400, "malformed")
            }
        }
    }

    /// What is asked for before a payment, and the payment itself, go first.
    static func errand(_ path: String, _ body: [UInt8]) -> HostLoad.Errand {
        switch path {
        case HostPath.authorisations, HostPath.health: return .payment
        case HostPath.records: return .batch
        case HostPath.limits:
            // What can't be read is refused in its place.
            let request = try? WireJSON.decode(LimitRequest.self, from: body)
            return request?.isForNews == true ? .news : .other
        default: return .other
        }
    }

    private func sentAway(_ overload: PaceKeeper.Overloaded) throws(LedgerError) -> Reply {
        let pace = HostPace(spread: overload.span, retryAfter: overload.retryAfter)
        return try signed(
            overload.status, try encode(FailureAnswer(reason: FailureAnswer.overloaded, pace: pace)),
            retryAfter: Int(overload.retryAfter))
    }

    public func failure(
        _ status: Int, _ reason: String, field: String? = nil, retryAfter: Int? = nil
    ) throws(LedgerError) -> Reply {
        try signed(status, try encode(FailureAnswer(reason: reason, field: field)), retryAfter: retryAfter)
    }

    private func answer(_ path: String, _ terminal: String, _ body: [UInt8]) async throws(LedgerError) -> [UInt8] {
        let now = clock()
        switch path {
        case HostPath.health:
            let request = try decode(HealthRequest.self, body)
            let pace = try await pace.now(now)
            let journal = try await ledger.journalPosition(of: terminal)
            return try encode(
                HealthAnswer(
                    terminal: terminal, nonce: request.nonce, hostTime: now, journal: journal, pace: pace,
                    trust: certificates?.trust.id, tagKeys: tagKeys?.version))
        case HostPath.limits:
            return try encode(try await limits(terminal, try decode(LimitRequest.self, body)))
        case HostPath.authorisations:
            return try await ledger.authorise(try decode(AuthorisationRequest.self, body), terminal: terminal, now: now)
        case HostPath.records:
            let results = try await ledger.apply(try decode(RecordBatch.self, body), terminal: terminal, now: now)
            let pace = try await pace.now(now)
            let journal = try await ledger.journalPosition(of: terminal)
            return try encode(
                BatchAnswer(terminal: terminal, results: results, hostTime: now, journal: journal, pace: pace))
        case HostPath.reconciliations:
            return try encode(
                try await ledger.reconcile(try decode(ReconciliationRequest.self, body), terminal: terminal, now: now))
        case HostPath.certificates:
            guard let certificates else { throw .malformed(field: "path") }
            let request = try decode(CertificateRequest.self, body)
            return try encode(try await certificates.answer(request, terminal: terminal, now: now))
        case HostPath.tagKeys:
            guard let tagKeys else { throw .malformed(field: "path") }
            return try encode(try await tagKeys.answer(try decode(TagKeyRequest.self, body), terminal: terminal, now: now))
        default: throw .malformed(field: "path")
        }
    }

    /// Whether answers depend on the client's certificate.
    var wantsCertificates: Bool { certificates != nil }

    /// Asked with each request: a connection outlives what let it in.
    private func refusal(of certificate: [UInt8]?, _ terminal: String, _ path: String) async -> CertificateRefusal? {
        guard let certificates else { return nil }
        do throws(CertificateRefusal) {
            try await certificates.gate.check(
                certificate, terminal: terminal, mayEnrol: path == HostPath.certificates, now: clock())
            return nil
        } catch {
            return error
        }
    }

    /// Waits while there is nothing new for the terminal, as long as it asks for (long poll). No lock and no connection to
    /// the books is held meanwhile.
    private func limits(_ terminal: String, _ request: LimitRequest) async throws(LedgerError) -> LimitPage {
        let ticket = ledger.watch.enter(terminal)
        defer { ledger.watch.leave(ticket) }
        let end = ContinuousClock.now.advanced(
            by: .milliseconds(min(max(0, request.hold ?? 0), LimitRequest.maximumHold)))
        // What was looked through already is not looked through again.
        var asked = request
        while true {
            let generation = ledger.watch.generation
            var news = try await ledger.page(for: terminal, asked, now: clock(), size: LimitPageSize())
            let left = ContinuousClock.now.duration(to: end)
            if news.page.base > 0 { news.page.base = request.since }
            guard !news.isNews, left > .zero else { return news.page }
            asked.since = news.page.version
            let outcome = await ledger.watch.wait(
                ticket, after: generation, dataVersion: news.dataVersion, atMost: left)
            if outcome == .over {
                // Nobody may be there any more; else the answer is as of now.
                if Task.isCancelled { return news.page }
                news = try await ledger.page(for: terminal, asked, now: clock(), size: LimitPageSize())
                if news.page.base > 0 { news.page.base = request.since }
                return news.page
            }
        }
    }

    /// Answers every request that is held, and holds none from now on: the server shuts down.
    public func endHolds() { ledger.watch.close() }

    private func signed(_ status: Int, _ body: [UInt8], retryAfter: Int? = nil) throws(LedgerError) -> Reply {
        guard let signature = try? HostSignature.signAnswer(body, key: signingKey) else { throw .unavailable("signing") }
        return Reply(status: status, body: body, signature: signature, retryAfter: retryAfter)
    }

    private func encode(_ value: some Encodable) throws(LedgerError) -> [UInt8] {
        guard let bytes = try? WireJSON.encode(value) else { throw .unavailable("encoding") }
        return bytes
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws(LedgerError) -> Value {
        do throws(WireError) {
            return try WireJSON.decode(type, from: bytes)
        } catch {
            switch error {
            case .malformed(let field): throw .malformed(field: field)
            }
        }
    }
}
