import Core
import Foundation
import HostProtocol
import Logging
import Payments

/// The exchanges themselves.
extension HostLink {
    /// Most bytes of any answer but a limit page.
    static let answerLimit = 1 << 20

    /// Asks the host whether it is there.
    /// - Returns: whether it answered, as itself, within `limit`.
    public nonisolated func probe(within limit: Duration) async -> Bool {
        do {
            try await health(payments, timeout: limit)
            post.yield(.answered(nil))
            return true
        } catch {
            report(error, of: nil)
            return false
        }
    }

    /// Asks the host to authorise one payment. Sent once: asking again is the caller's decision, with the same id. Over
    /// connections of its own and past the actor: whatever the queue does, a payment does not wait for it.
    public nonisolated func authorise(_ request: AuthorisationRequest, timeout: Duration) async -> AuthorisationOutcome {
        do throws(HostClient.Failure) {
            let bytes = try await payments.post(
                HostPath.authorisations, try encode(request), limit: Self.answerLimit, timeout: timeout)
            let answer = try checked { () throws(LinkFailure) in try AnswerCheck.authorisation(bytes, request: request) }
            heard()
            post.yield(.answered(nil))
            return .answered(answer)
        } catch {
            report(error, of: nil)
            await takeSpread(error.pace)
            // A host that has no time for a payment has none for the queue; others have no say in that.
            if error.status != nil, let wait = error.retryAfter { post.yield(.paced(wait)) }
            return error.mayHaveArrived ? .unknown(error.cause) : .notSent(error.cause)
        }
    }

    func runProbe() async {
        do {
            try await health(client, timeout: configuration.timeouts.probe)
            post.yield(.answered(.probe))
        } catch {
            report(error, of: .probe)
        }
    }

    private nonisolated func health(_ client: HostClient, timeout: Duration) async throws(HostClient.Failure) {
        let nonce = makeNonce()
        let bytes = try await client.post(
            HostPath.health, try encode(HealthRequest(nonce: nonce)), limit: Self.answerLimit, timeout: timeout)
        let received = bootClock()
        let terminal = configuration.terminal
        let answer = try checked { () throws(LinkFailure) in
            try AnswerCheck.health(bytes, terminal: terminal, nonce: nonce)
        }
        heard()
        update { ($0.hostTrust, $0.tagKeys) = (answer.trust, answer.tagKeys) }
        await take(answer.pace)
        await compare(answer.journal)
        // The store may be away while the host is not; the next answer brings the time again.
        do {
            try await limits.observe(hostTime: answer.hostTime, atBoot: received)
        } catch {
            logger.error("host time not stored", metadata: ["error": "\(type(of: error))"])
        }
    }

    /// The journal must hold what the host holds of it. A store that is away is asked at the next answer.
    nonisolated func compare(_ journal: JournalPosition?) async {
        guard let journal else { return }
        do {
            try await outbox.compare(journal)
        } catch {
            logger.error("journal not compared with the host's", metadata: ["error": "\(type(of: error))"])
        }
    }

    // MARK: Helpers

    /// One exchange that the machine knows nothing of: its failure is the asker's, and the link's where the host is lost.
    /// - Parameter check: of the answer's bytes, which are the host's own.
    nonisolated func ask<Answer>(
        _ path: String, _ request: some Encodable, timeout: Duration, check: ([UInt8]) throws(LinkFailure) -> Answer
    ) async throws(LinkFailure) -> Answer {
        do throws(HostClient.Failure) {
            let bytes = try await client.post(path, try encode(request), limit: Self.answerLimit, timeout: timeout)
            let answer = try checked { () throws(LinkFailure) in try check(bytes) }
            heard()
            return answer
        } catch {
            report(error, of: nil)
            throw error.cause
        }
    }

    nonisolated func makeNonce() -> UUIDv7 {
        let bytes = [random(), random()].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
        return UUIDv7(milliseconds: bootClock(), random: bytes)
    }

    nonisolated func encode(_ value: some Encodable) throws(HostClient.Failure) -> [UInt8] {
        guard let bytes = try? WireJSON.encode(value) else {
            throw HostClient.Failure(cause: .malformed(field: "request"), mayHaveArrived: false)
        }
        return bytes
    }

    nonisolated func checked<Value>(_ check: () throws(LinkFailure) -> Value) throws(HostClient.Failure) -> Value {
        do throws(LinkFailure) {
            return try check()
        } catch {
            throw HostClient.Failure(cause: error, mayHaveArrived: true)
        }
    }

    nonisolated func stored<Value: Sendable>(
        _ work: @Sendable () async throws -> Value
    ) async throws(HostClient.Failure) -> Value {
        do {
            return try await work()
        } catch {
            throw HostClient.Failure(cause: .store(String(describing: type(of: error))), mayHaveArrived: false)
        }
    }
}
