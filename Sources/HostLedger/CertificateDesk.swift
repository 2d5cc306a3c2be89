import Core
import Crypto
import Foundation
import HostProtocol
import Synchronization

/// Lets terminals in by their certificates, and gives them new ones.
public final class CertificateDesk: Sendable {
    /// Days for which a terminal's certificate counts, unless it is told otherwise.
    public static let defaultDays = 120

    public let gate: CertificateGate
    private let authority: CertificateAuthority
    private let book: CertificateBook
    private let known: Mutex<HostTrust>
    private let days: Int

    /// - Parameters:
    ///   - trust: what terminals are told of the host.
    ///   - days: for which a certificate counts.
    public init(
        authority: CertificateAuthority, book: CertificateBook, ledger: any LedgerPort, trust: HostTrust,
        days: Int = CertificateDesk.defaultDays
    ) {
        self.authority = authority
        self.book = book
        known = Mutex(trust)
        self.days = days
        gate = CertificateGate(authority: authority, book: book) { terminal in try? await ledger.terminalKey(terminal) }
    }

    /// What terminals are told of the host; may change while it runs.
    public var trust: HostTrust {
        get { known.withLock { $0 } }
        set { known.withLock { $0 = newValue } }
    }

    /// Answers a signed request of `terminal`.
    func answer(_ request: CertificateRequest, terminal: String, now: UTCInstant) async throws(LedgerError) -> CertificateAnswer {
        var answer = CertificateAnswer(terminal: terminal, nonce: request.nonce, hostTime: now)
        if let known = request.trust {
            guard known.utf8.count <= 64 else { throw .malformed(field: "trust") }
            try await book.note(terminal: terminal, knows: known, now: now)
        }
        let trust = trust
        if request.trust != trust.id { answer.trust = trust }
        if let text = request.request {
            guard text.utf8.count <= CertificateRequest.maximumRequest, let bytes = Data(base64Encoded: text) else {
                throw .malformed(field: "request")
            }
            guard !(try await book.isBarred(terminal)) else { throw .refused("certificateRevoked") }
            let issued = try authority.issue(request: Array(bytes), terminal: terminal, now: now, days: days)
            try await book.add(issued, now: now)
            answer.certificate = issued.pem
        }
        return answer
    }
}
