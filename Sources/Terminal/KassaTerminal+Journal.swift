import Core
import Diagnostics
import Foundation
import HostProtocol
import Logging
import Store
import Workers

extension KassaTerminal {
    var journalKeeper: JournalKeeper { JournalKeeper(store: store, thread: storeThread, clock: clock) }

    /// Deletes what is older than the configuration keeps: once a day, and when it could not be told how old things are,
    /// each hour until it can.
    func keepJournal() async {
        guard configuration.journalDays > 0 else { return }
        while !Task.isCancelled {
            var isDone = false
            if isReady {
                do {
                    let purged = try await journalKeeper.purge(olderThan: configuration.journalDays)
                    if purged.records + purged.payments > 0 {
                        logger.info(
                            "old records deleted", metadata: ["count": "\(purged.records)", "payments": "\(purged.payments)"])
                    }
                    if let stop = purged.stop, stop != .noHostTime {
                        logger.error("journal not purged", metadata: ["reason": "\(stop.sentence)"])
                    }
                    isDone = purged.stop != .noHostTime
                } catch {
                    logger.warning("journal not purged", metadata: ["error": "\(error)"])
                }
            }
            // At a start host and store come within the first minute as a rule.
            try? await Task.sleep(for: isDone ? .seconds(86_400) : isReady ? .seconds(3600) : .seconds(60))
        }
    }

    /// What the journal knows of restored images, until a technician has taken note.
    func journalFindings() async -> [FindingReply] {
        guard let marks = try? await onStore({ try $0.unseenMarks() }), let newest = marks.last else { return [] }
        let date = Date(timeIntervalSince1970: TimeInterval(newest.notedAt / 1000)).formatted(.iso8601)
        return [
            FindingReply(
                severity: "error",
                what: "restored from an image, or its last writes were lost: the host holds records through \(newest.hostSequence), this store had"
                    + " \(newest.after) (noticed \(date)\(marks.count > 1 ? ", \(marks.count) times" : ""))",
                whoIsHurt: "the merchant: approvals made after the image that had not reached the host are lost",
                remedy: "compare the till's receipts with the host's; make sure that no second machine runs with this terminal's"
                    + " key; then kassactl journal acknowledge. New payments are taken through the host and booked; without it nothing"
                    + " is approved before new limits have come")
        ]
    }
}

extension KassaTerminal {
    public func verifyJournal() async throws -> JournalVerdictReply {
        do {
            return JournalVerdictReply(try await journalKeeper.verify())
        } catch {
            throw DiagnosticsError.store(error)
        }
    }

    public func journal(limit: Int) async throws -> JournalReply {
        try await onStore { JournalReply(journal: try $0.journal(limit: limit).map(JournalRecordReply.init)) }
    }

    public func journalRecord(sequence: Int64) async throws -> JournalRecordReply {
        guard let kept = try await onStore({ try $0.journalRecord(sequence: sequence) }) else {
            throw DiagnosticsError.unknownRecord
        }
        return JournalRecordReply(kept)
    }

    public func purgeJournal(days: Int) async throws -> JournalPurgeReply {
        do {
            let purged = try await journalKeeper.purge(olderThan: days)
            logger.notice(
                "records deleted by order",
                metadata: ["count": "\(purged.records)", "payments": "\(purged.payments)", "days": "\(days)"])
            return JournalPurgeReply(purged: purged.records, stoppedBy: purged.stop?.sentence, payments: purged.payments)
        } catch {
            throw DiagnosticsError.store(error)
        }
    }

    public func acknowledgeJournal() async throws -> JournalVerdictReply {
        try await onStore { try $0.seeMarks() }
        return try await verifyJournal()
    }
}

extension JournalVerdictReply {
    init(_ walk: ChainWalk) {
        let purged = walk.purgedThrough > 0 ? walk.purgedThrough : nil
        let range = walk.first.map { "sequence \($0)…\(walk.verified)" } ?? "no sequence"
        var sentence = "whole: \(walk.records) record(s), \(range)"
        sentence += purged.map { ", purged through \($0)" } ?? ", nothing purged"
        if walk.marks > 0 { sentence += ", restored from an image \(walk.marks) time(s)" }
        if let fault = walk.fault { sentence = "NOT WHOLE: record \(fault.sequence): \(fault.kind.sentence)" }
        self.init(
            whole: walk.fault == nil, records: walk.records, firstSequence: walk.first,
            lastSequence: walk.first == nil ? nil : walk.verified, purgedThrough: purged, restored: walk.marks,
            brokenAt: walk.fault?.sequence, fault: walk.fault?.kind.rawValue, sentence: sentence)
    }
}

extension JournalRecordReply {
    init(_ kept: KeptRecord) {
        let record = kept.record
        self.init(
            sequence: record.sequence, record: record.id.description, payment: record.payment.description,
            kind: record.kind.rawValue, amount: AmountReply(record.amount), approved: AmountReply(record.approved),
            rule: record.rule, reason: record.reason, decidedAt: record.decidedAt.milliseconds, reference: record.reference,
            programme: record.programme, account: record.account, original: record.original?.description,
            queue: kept.queue.rawValue, chain: Hex.encode(kept.chain), isSealed: kept.isSealed)
    }
}
