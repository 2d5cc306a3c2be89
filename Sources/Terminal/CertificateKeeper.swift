import Core
import Crypto
import HostLink
import HostProtocol
import Synchronization

/// Keeps the terminal's certificate and what it knows of the host fresh. Nothing else waits for it: without certificates
/// the terminal works as it does without a host.
actor CertificateKeeper {
    /// What a turn came to.
    enum Outcome: Sendable, Hashable {
        /// The host has said what there is to know, and a certificate of its own is in use.
        case settled
        /// The host does not know certificates of terminals.
        case notOffered
        /// No answer; nothing has changed.
        case unreachable(LinkFailure)
        /// The host lets none of this terminal's certificates in.
        case refused(LinkFailure)
        /// The state directory takes no file.
        case notKept
    }

    struct Ports: Sendable {
        /// Asks over a connection of its own.
        var ask:
            @Sendable (CertificateRequest, _ pins: String, ClientIdentity) async -> Result<CertificateAnswer, LinkFailure>
        /// The link lives by these from now on.
        var adopt: @Sendable (_ pins: String, ClientIdentity) -> Void
        var now: @Sendable () -> UTCInstant
        var nonce: @Sendable () -> UUIDv7
    }

    private let files: CertificateFiles
    private let deviceKey: Curve25519.Signing.PrivateKey
    private let ports: Ports
    private let state: Mutex<HostTrust>
    private let own: Mutex<UTCInstant?>
    private var adopted: (pins: String, identity: ClientIdentity)?

    /// - Parameter bundled: what the trust directory says of the host.
    init(files: CertificateFiles, bundled: HostTrust, deviceKey: Curve25519.Signing.PrivateKey, ports: Ports) {
        self.files = files
        self.deviceKey = deviceKey
        self.ports = ports
        state = Mutex(files.trust ?? bundled)
        own = Mutex(files.current?.notAfter)
    }

    /// When the certificate in use ends; nil before the first.
    nonisolated var ownExpiry: UTCInstant? { own.withLock { $0 } }

    /// What the terminal knows of the host, without waiting.
    nonisolated var trust: HostTrust { state.withLock { $0 } }

    nonisolated var pins: String { trust.certificates.joined(separator: "\n") + "\n" }

    /// What the link starts with: the certificate that has worked, else one for a first visit.
    nonisolated func start() throws -> ClientIdentity {
        try (files.current ?? enrolment()).identity
    }

    private nonisolated func enrolment() throws -> HeldCertificate {
        try CertificateMaker.enrolment(terminal: files.terminal, deviceKey: deviceKey, now: ports.now())
    }

    /// Tries what it holds, newest first, and with the first that lets it in asks for whatever is due.
    func turn() async -> Outcome {
        let now = ports.now()
        let kept = [(files.next, true), (files.current, false)].compactMap { held, isNext in held.map { ($0, isNext) } }
        // Whether it counts already, the host's clock says.
        var candidates = kept.filter { now < $0.0.notAfter }
        if let first = try? enrolment() { candidates.append((first, false)) }
        var refusal = LinkFailure.tls
        for (held, isNext) in candidates {
            let request = held.isEnrolment || held.isDue(at: now) ? try? CertificateMaker.request(terminal: files.terminal) : nil
            switch await ask(request, with: held) {
            case .failure(let failure) where failure.isOfCertificate: refusal = failure
            case .failure(.refused("notFound")): return .notOffered
            case .failure(let failure): return .unreachable(failure)
            case .success(let answer):
                if isNext, !files.promote() { return .notKept }
                guard take(answer.trust) else { return .notKept }
                if !held.isEnrolment { adopt(held) }
                return await follow(answer, request, held)
            }
        }
        return .refused(refusal)
    }

    /// Proves what the answer brought: a new certificate by using it, new trust by saying that it is kept.
    private func follow(
        _ answer: CertificateAnswer, _ request: CertificateMaker.Request?, _ held: HeldCertificate
    ) async -> Outcome {
        var proven = held
        if let request {
            guard let pem = answer.certificate,
                let fresh = CertificateMaker.issued(pem, for: request, terminal: files.terminal)
            else { return .unreachable(.malformed(field: "certificate")) }
            guard files.save(next: fresh) else { return .notKept }
            proven = fresh
        } else if answer.trust == nil {
            return .settled
        }
        switch await ask(nil, with: proven) {
        case .failure(let failure) where failure.isOfCertificate:
            // The old one goes on; the new one is no good.
            if request != nil { files.dropNext() }
            return .refused(failure)
        case .failure(let failure): return .unreachable(failure)
        case .success(let last):
            if request != nil, !files.promote() { return .notKept }
            guard take(last.trust) else { return .notKept }
            adopt(proven)
            return .settled
        }
    }

    private func ask(
        _ request: CertificateMaker.Request?, with held: HeldCertificate
    ) async -> Result<CertificateAnswer, LinkFailure> {
        await ports.ask(
            CertificateRequest(nonce: ports.nonce(), request: request?.text, trust: trust.id), pins, held.identity)
    }

    /// Connections in use are left alone when nothing has changed.
    private func adopt(_ held: HeldCertificate) {
        own.withLock { $0 = held.notAfter }
        let pins = pins
        guard adopted?.pins != pins || adopted?.identity != held.identity else { return }
        ports.adopt(pins, held.identity)
        adopted = (pins, held.identity)
    }

    /// Keeps what the host says of itself before anything relies on it. False when it can't be kept.
    private func take(_ fresh: HostTrust?) -> Bool {
        guard let fresh else { return true }
        guard files.save(trust: fresh) else { return false }
        state.withLock { $0 = fresh }
        return true
    }
}

extension LinkFailure {
    /// Whether another certificate of this terminal might be let in.
    var isOfCertificate: Bool {
        switch self {
        case .tls: true
        case .refused(let reason): reason.hasPrefix("certificate")
        case .unreachable, .timeout, .notOurHost, .malformed, .hostBehind, .store: false
        }
    }
}
