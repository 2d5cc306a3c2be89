import Core
import Foundation
import HostLedger
import HostProtocol
import Programmes
import Store

/// The wire between the terminals and the host, with its faults.
extension Fleet {
    /// Forwards the oldest records that wait, as far as the wire lets it.
    func send(_ terminal: Int) async throws {
        let store = terminals[terminal].store
        var records = try store.pending(limit: 1 + random.below(settings.largestBatch))
        guard !records.isEmpty else { return }
        let isResend = sentBefore.contains(records[0].id)
        counts.noteSends(records, before: &sentBefore)
        if settings.mutant == .settleOnSend {
            try settle(terminal, records.map { RecordResult(id: $0.id, bodyHash: hash($0), outcome: .applied) })
        }
        if roll(settings.lostRequests) {
            counts.lostRequests += 1
            return
        }
        if roll(settings.reordered) {
            counts.reordered += 1
            // Either within the batch, or the whole of it comes after those that are sent next.
            guard random.one(in: 2) else { return post(terminal, records) }
            records.shuffle(using: &random)
        }
        if roll(settings.duplicates) {
            counts.duplicates += 1
            post(terminal, records)
        }
        var results: [RecordResult]
        if settings.mutant == .newIDOnResend, isResend {
            results = try await deliverUnderNewIDs(terminal, records)
        } else if settings.mutant == .answerBeforeBooking, random.one(in: 50) {
            results = records.map { RecordResult(id: $0.id, bodyHash: hash($0), outcome: .applied) }
            try restartHost()
        } else {
            results = try await deliver(Letter(terminal: terminal, records: records, due: 0))
        }
        if roll(settings.lostAcknowledgements) {
            counts.lostAcknowledgements += 1
            return
        }
        if roll(settings.partialAnswers) {
            counts.partialAnswers += 1
            results.shuffle(using: &random)
            results = Array(results.prefix(random.below(results.count + 1)))
        }
        if roll(settings.lateAnswers) {
            counts.lateAnswers += 1
            answers.append(Answer(terminal: terminal, results: results, due: step + 1 + random.below(60)))
            return
        }
        try settle(terminal, results)
    }

    private func post(_ terminal: Int, _ records: [ForwardedRecord]) {
        letters.append(Letter(terminal: terminal, records: records, due: step + 1 + random.below(200)))
    }

    /// What is due reaches its end. Nobody waits for the answers to late letters.
    func arrive() async throws {
        for letter in letters where letter.due <= step { _ = try await deliver(letter) }
        letters.removeAll { $0.due <= step }
        for answer in answers where answer.due <= step { try settle(answer.terminal, answer.results) }
        answers.removeAll { $0.due <= step }
    }

    func deliver(_ letter: Letter) async throws -> [RecordResult] {
        let results = try await ledger.apply(
            RecordBatch(records: letter.records), terminal: terminals[letter.terminal].id, now: now)
        for result in results where result.outcome != .applied && result.outcome != .duplicate {
            throw FleetFailure(seed: seed, message: "\(result.outcome) \(result.reason ?? "") of a sound record")
        }
        return results
    }

    func settle(_ terminal: Int, _ results: [RecordResult]) throws {
        var results = results
        if settings.mutant == .settleByPosition {
            let oldest = try terminals[terminal].store.pending(limit: results.count)
            results = zip(oldest, results).map { RecordResult(id: $0.id, bodyHash: hash($0), outcome: $1.outcome) }
        }
        try terminals[terminal].store.settle(results)
        for result in results { acknowledged.insert(result.id) }
    }

    /// As if the id were made for each sending: the same payment, in a record that the host has never seen.
    private func deliverUnderNewIDs(_ terminal: Int, _ records: [ForwardedRecord]) async throws -> [RecordResult] {
        var renamed: [ForwardedRecord] = []
        for record in records {
            var body = try WireJSON.decode(JournalRecord.self, from: Array(record.body))
            body.id = mint()
            renamed.append(
                ForwardedRecord(id: body.id, sequence: record.sequence, chain: record.chain, body: Data(body.encoded())))
        }
        _ = try await ledger.apply(RecordBatch(records: renamed), terminal: terminals[terminal].id, now: now)
        return records.map { RecordResult(id: $0.id, bodyHash: hash($0), outcome: .applied) }
    }

    private func hash(_ record: ForwardedRecord) -> Data { Data(JournalChain.bodyHash(Array(record.body))) }

    /// Brings the terminal's limits up to date, page by page; a page may be lost.
    func sync(_ terminal: Int, isSafe: Bool = false) async throws {
        let store = terminals[terminal].store
        while true {
            let (incarnation, version) = try store.limitPosition()
            let page = try await ledger.limits(
                for: terminals[terminal].id,
                LimitRequest(
                    since: version, nonce: mint(), snapshot: try store.snapshotPosition(), incarnation: incarnation),
                now: now)
            if !isSafe, version > 0, roll(settings.lostAcknowledgements) {
                counts.lostPages += 1
                return
            }
            try store.apply(
                page, anchor: TrustedClock.Anchor(hostTime: now, bootMilliseconds: 1000, bootID: "boot"))
            guard page.more || page.next != nil else { return }
        }
    }
}
