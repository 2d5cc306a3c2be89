import Core
import Foundation
import HostProtocol
import Logging
import Payments

/// The exchanges themselves.
extension HostLink {
    /// Most bytes of any answer but a limit page.
    static let answerLimit = 1 << 20
    /// Most body bytes in one batch; a single larger record goes alone.
    static let batchBytes = 512 << 10

    /// Asks the host whether it is there.
    /// - Returns: whether it answered, as itself, within `limit`.
    public func probe(within limit: Duration) async -> Bool {
        do {
            try await health(timeout: limit)
            post.yield(.answered(nil))
            return true
        } catch {
            report(error, of: nil)
            return false
        }
    }

    /// Asks the host to authorise one payment. Sent once: asking again is the caller's decision, with the same id.
    public func authorise(_ request: AuthorisationRequest, timeout: Duration) async -> AuthorisationOutcome {
        do throws(HostClient.Failure) {
            let bytes = try await client.post(
                HostPath.authorisations, try encode(request), limit: Self.answerLimit, timeout: timeout)
            let answer = try checked { () throws(LinkFailure) in try AnswerCheck.authorisation(bytes, request: request) }
            heard()
            post.yield(.answered(nil))
            return .answered(answer)
        } catch {
            report(error, of: nil)
            return error.mayHaveArrived ? .unknown(error.cause) : .notSent(error.cause)
        }
    }

    func runProbe() async {
        do {
            try await health(timeout: configuration.timeouts.probe)
            post.yield(.answered(.probe))
        } catch {
            report(error, of: .probe)
        }
    }

    private func health(timeout: Duration) async throws(HostClient.Failure) {
        let nonce = makeNonce()
        let bytes = try await client.post(
            HostPath.health, try encode(HealthRequest(nonce: nonce)), limit: Self.answerLimit, timeout: timeout)
        let received = bootClock()
        let terminal = configuration.terminal
        let answer = try checked { () throws(LinkFailure) in
            try AnswerCheck.health(bytes, terminal: terminal, nonce: nonce)
        }
        heard()
        await compare(answer.journal)
        // The store may be away while the host is not; the next answer brings the time again.
        do {
            try await limits.observe(hostTime: answer.hostTime, atBoot: received)
        } catch {
            logger.error("host time not stored", metadata: ["error": "\(type(of: error))"])
        }
    }

    func forward() async {
        do throws(HostClient.Failure) {
            let waiting = try await stored { try await self.outbox.pending(limit: RecordBatch.maximumCount) }
            let records = Self.bounded(waiting)
            guard !records.isEmpty else {
                post.yield(.nothingToSend)
                return
            }
            let bytes = try await client.post(
                HostPath.records, try encode(RecordBatch(records: records)), limit: Self.answerLimit,
                timeout: configuration.timeouts.records)
            let terminal = configuration.terminal
            let (results, journal) = try checked { () throws(LinkFailure) in
                try AnswerCheck.batch(bytes, terminal: terminal, sent: records)
            }
            heard()
            try await stored { try await self.outbox.settle(results) }
            await compare(journal)
            let remaining = try await stored { try await self.outbox.depth() }
            let rejected = results.count { $0.outcome == .rejected }
            if rejected > 0 { logger.error("host rejected records", metadata: ["count": "\(rejected)"]) }
            update {
                $0.settledRecords += results.count
                $0.forwardFailure = nil
            }
            post.yield(.batchAnswered(settled: results.count, remaining: remaining))
        } catch {
            report(error, of: .batch)
        }
    }

    /// As many of the oldest as fit a batch, at least one.
    static func bounded(_ records: [ForwardedRecord]) -> [ForwardedRecord] {
        var total = 0
        return Array(
            records.prefix(RecordBatch.maximumCount).prefix { record in
                defer { total += record.body.count }
                return total == 0 || total + record.body.count <= batchBytes
            })
    }

    /// The journal must hold what the host holds of it. A store that is away is asked at the next answer.
    private func compare(_ journal: JournalPosition?) async {
        guard let journal else { return }
        do {
            try await outbox.compare(journal)
        } catch {
            logger.error("journal not compared with the host's", metadata: ["error": "\(type(of: error))"])
        }
    }

    // MARK: Helpers

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
