import Core
import HostProtocol

extension HostLink {
    /// From the next exchange on, the host is known by `pinnedCertificates` and this terminal by `identity`; exchanges
    /// under way end as they began.
    /// - Throws: ``LinkConfigurationError/badCertificate``; then nothing has changed.
    /// - Parameter identity: nil: with none.
    public nonisolated func adopt(
        pinnedCertificates: String, identity: ClientIdentity?
    ) throws(LinkConfigurationError) {
        for client in [client, payments] {
            try client.adopt(pinnedCertificates: pinnedCertificates, identity: identity)
        }
    }
}

/// Asks the host about certificates, each time over a connection of its own: what is tried here proves itself before the
/// link lives by it.
public struct CertificateExchange: Sendable {
    private let configuration: HostLinkConfiguration

    public init(_ configuration: HostLinkConfiguration) { self.configuration = configuration }

    public func ask(
        _ request: CertificateRequest, pinnedCertificates: String, identity: ClientIdentity
    ) async -> Result<CertificateAnswer, LinkFailure> {
        var trial = configuration
        trial.pinnedCertificatePEM = pinnedCertificates
        trial.clientIdentity = identity
        guard let client = try? HostClient(trial), let body = try? WireJSON.encode(request) else { return .failure(.tls) }
        do throws(HostClient.Failure) {
            let bytes = try await client.post(
                HostPath.certificates, body, limit: HostLink.answerLimit, timeout: configuration.timeouts.records)
            return .success(try check(bytes, request))
        } catch {
            return .failure(error.cause)
        }
    }

    private func check(_ bytes: [UInt8], _ request: CertificateRequest) throws(HostClient.Failure) -> CertificateAnswer {
        do throws(LinkFailure) {
            let answer = try AnswerCheck.decode(CertificateAnswer.self, bytes)
            try AnswerCheck.requireAnswer(
                answer.type == .certificates, of: (answer.terminal, answer.nonce),
                to: (configuration.terminal, request.nonce))
            try AnswerCheck.require(
                (answer.certificate?.utf8.count ?? 0) <= HostTrust.maximumCertificate, "certificate")
            if let trust = answer.trust {
                try AnswerCheck.require(
                    (1...HostTrust.mostCertificates).contains(trust.certificates.count)
                        && trust.certificates.allSatisfy {
                            $0.utf8.count <= HostTrust.maximumCertificate && HostTrust.certificates(inPEM: $0) == [$0]
                        }, "trust.certificates")
                try AnswerCheck.require(trust.sealingPublicKey != nil, "trust.sealingKey")
            }
            return answer
        } catch {
            throw HostClient.Failure(cause: error, mayHaveArrived: true)
        }
    }
}
