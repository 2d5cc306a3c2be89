import Core
import Foundation
import GRDB
import HostProtocol

extension Ledger {
    /// Books what a terminal forwarded: each record once for ever, whatever becomes of the others. Returns when all of it
    /// is on stable storage.
    public func apply(
        _ batch: RecordBatch, terminal: String, now: UTCInstant
    ) async throws(LedgerError) -> [RecordResult] {
        guard batch.records.count <= RecordBatch.maximumCount else { throw .malformed(field: "records") }
        return try await write { books in
            _ = try books.terminal(terminal)
            var results: [RecordResult] = []
            for record in batch.records {
                results.append(try books.take(record, terminal: terminal, now: now))
            }
            return results
        }
    }
}

extension LedgerTransaction {
    func take(_ forwarded: ForwardedRecord, terminal: String, now: UTCInstant) throws -> RecordResult {
        let hash = JournalChain.bodyHash(Array(forwarded.body))
        func result(_ outcome: RecordResult.Outcome, _ reason: String? = nil) -> RecordResult {
            RecordResult(id: forwarded.id, bodyHash: Data(hash), outcome: outcome, reason: reason)
        }
        let held = try Row.fetchOne(
            db, sql: "SELECT body_hash, terminal FROM record WHERE id = ?", arguments: [Data(forwarded.id.bytes)])
        if let held, held["body_hash"] as Data == Data(hash), held["terminal"] as String == terminal {
            return result(.duplicate)
        }
        do {
            guard held == nil else {
                try alarm(
                    .idReused, terminal: terminal, sequence: forwarded.sequence, record: forwarded.id, "other body", at: now)
                throw RecordRefusal(reason: "idReused")
            }
            let record = try Self.parse(forwarded, terminal: terminal)
            // One record's failure undoes that record's changes alone.
            try db.inSavepoint {
                try book(record, forwarded: forwarded, hash: hash, now: now)
                return .commit
            }
            return result(.applied)
        } catch let refusal as RecordRefusal {
            try db.execute(
                sql: "INSERT OR IGNORE INTO rejected VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    Data(forwarded.id.bytes), Data(hash), terminal, forwarded.sequence, refusal.reason, now.milliseconds,
                ])
            if db.changesCount > 0 {
                try alarm(
                    .rejected, terminal: terminal, sequence: forwarded.sequence, record: forwarded.id, refusal.reason, at: now)
            }
            return result(.rejected, refusal.reason)
        }
    }

    /// Reads the body and checks what needs no books.
    static func parse(_ forwarded: ForwardedRecord, terminal: String) throws(RecordRefusal) -> JournalRecord {
        guard forwarded.body.count <= 256 << 10 else { throw RecordRefusal(reason: "tooLarge") }
        let record: JournalRecord
        do throws(WireError) {
            record = try WireJSON.decode(JournalRecord.self, from: Array(forwarded.body))
        } catch {
            switch error {
            case .malformed(let field): throw RecordRefusal(reason: field.isEmpty ? "malformed" : "malformed:\(field)")
            }
        }
        func require(_ holds: Bool, _ field: String) throws(RecordRefusal) {
            guard holds else { throw RecordRefusal(reason: "malformed:\(field)") }
        }
        try require(record.id == forwarded.id, "id")
        try require(record.terminal == terminal, "terminal")
        try require(record.sequence == forwarded.sequence && record.sequence > 0, "sequence")
        try require(forwarded.chain.count == 32, "chain")
        try require((record.account == nil) == (record.accountSequence == nil), "accountSequence")
        try require(record.accountSequence.map { $0 > 0 } ?? true, "accountSequence")
        try require(!record.amount.isNegative, "amount")
        try require(record.approved.currency == record.amount.currency, "approved")
        switch record.kind {
        case .offlineApproval, .onlineApproval:
            try require(record.kind == .onlineApproval || record.account != nil, "account")
            try require(record.approved.isPositive && record.approved.minorUnits <= record.amount.minorUnits, "approved")
        case .declineAdvice, .reversal, .torn:
            try require(record.approved.minorUnits == 0, "approved")
        }
        return record
    }

    private func book(_ record: JournalRecord, forwarded: ForwardedRecord, hash: [UInt8], now: UTCInstant) throws {
        try checkPlace(record, chain: Array(forwarded.chain), hash: hash, now: now)
        let image = try self.terminal(record.terminal).image
        try db.execute(
            sql: "INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                Data(record.id.bytes), Data(hash), record.terminal, record.sequence, forwarded.chain, record.kind.rawValue,
                Data(record.payment.bytes), record.reference, record.account, record.accountSequence,
                record.amount.currency.code, record.amount.minorUnits, record.approved.minorUnits, record.rule,
                record.reason, record.decidedAt.milliseconds, now.milliseconds, forwarded.body, image,
            ])
        if try hold(record, now: now) { return }
        try settle(record, image: image, now: now)
    }

    /// Moves what the record moves, and counts it.
    /// - Parameter image: of its terminal, when it came.
    private func settle(_ record: JournalRecord, image: Int64, now: UTCInstant) throws {
        let spent: Int64 =
            switch record.kind {
            case .offlineApproval: try bookOffline(record, now: now)
            case .onlineApproval: try complete(record, now: now)
            case .reversal: try reverse(record, now: now)
            case .declineAdvice, .torn: 0
            }
        guard let account = record.account, let sequence = record.accountSequence else { return }
        // The prefix of a replaced terminal has been closed.
        if try image == terminal(record.terminal).image {
            try count(record, account: account, sequence: sequence, spent: spent, now: now)
        }
        try touch(account)
    }

    /// A record that is in order, but speaks of what these books do not know yet, is accepted and waits here: the
    /// terminal has done its part.
    private func hold(_ record: JournalRecord, now: UTCInstant) throws -> Bool {
        let reason: HoldReason
        switch record.kind {
        case .offlineApproval:
            guard let id = record.account, try account(id) == nil else { return false }
            reason = .unknownAccount
        case .onlineApproval:
            guard try authorisation(record.payment) == nil else { return false }
            reason = .unknownAuthorisation
        case .reversal, .declineAdvice, .torn: return false
        }
        try db.execute(
            sql: "INSERT INTO held VALUES (?, ?)", arguments: [Data(record.id.bytes), reason.rawValue])
        try alarm(
            reason.alarm, terminal: record.terminal, sequence: record.sequence, record: record.id,
            record.account.map { "account \($0)" } ?? "no account", at: now)
        return true
    }

    /// Books what was held for want of an account that is there now.
    func release(account: String, now: UTCInstant) throws {
        try release("record.account = ?", [HoldReason.unknownAccount.rawValue, account], now: now)
    }

    /// Books what was held for want of an authorisation that is known now.
    func release(payment: UUIDv7, now: UTCInstant) throws {
        try release("record.payment = ?", [HoldReason.unknownAuthorisation.rawValue, Data(payment.bytes)], now: now)
    }

    private func release(_ which: String, _ arguments: StatementArguments, now: UTCInstant) throws {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT record.id, record.body, record.image FROM held JOIN record ON record.id = held.record
                WHERE held.reason = ? AND \(which) ORDER BY record.terminal, record.image, record.sequence
                """, arguments: arguments)
        for row in rows {
            let (id, image): (Data, Int64) = (row["id"], row["image"])
            let record = try WireJSON.decode(JournalRecord.self, from: Array(row["body"] as Data))
            do {
                try db.inSavepoint {
                    try settle(record, image: image, now: now)
                    try db.execute(sql: "DELETE FROM held WHERE record = ?", arguments: [id])
                    return .commit
                }
            } catch let refusal as RecordRefusal {
                try db.execute(sql: "UPDATE held SET reason = ? WHERE record = ?", arguments: [refusal.reason, id])
                try alarm(
                    .heldNotBooked, terminal: record.terminal, sequence: record.sequence, record: record.id, refusal.reason,
                    at: now)
            }
        }
    }

    /// The record's place in the terminal's journal. What is wrong with it is an alarm, never a reason to forget money
    /// that has been spent.
    private func checkPlace(_ record: JournalRecord, chain: [UInt8], hash: [UInt8], now: UTCInstant) throws {
        let (terminal, sequence) = (record.terminal, record.sequence)
        let holder = try self.terminal(terminal)
        if try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM record WHERE terminal = ? AND sequence = ? AND image = ?)",
            arguments: [terminal, sequence, holder.image]) == true
        {
            try alarm(.sequenceReused, terminal: terminal, sequence: sequence, record: record.id, "another id holds it", at: now)
        }
        let highest = holder.highestSequence
        if sequence > highest {
            if sequence > highest + 1 {
                try alarm(
                    .sequenceGap, terminal: terminal, sequence: sequence, record: record.id,
                    "expected \(highest + 1)", at: now)
            }
            try db.execute(
                sql: "UPDATE terminal SET highest_sequence = ? WHERE id = ?", arguments: [sequence, terminal])
        }
        var previous = [JournalChain.genesis]
        if sequence > 1 {
            previous = try Data.fetchAll(
                db, sql: "SELECT chain FROM record WHERE terminal = ? AND sequence = ? AND image = ?",
                arguments: [terminal, sequence - 1, holder.image]
            ).map { Array($0) }
        }
        let continues = previous.contains {
            JournalChain.link(previous: $0, sequence: sequence, id: record.id, bodyHash: hash) == chain
        }
        if !previous.isEmpty, !continues {
            try alarm(.chainBroken, terminal: terminal, sequence: sequence, record: record.id, "link differs", at: now)
        }
    }

    /// ALL-2: approved and spent at the terminal, so it is booked even below zero.
    private func bookOffline(_ record: JournalRecord, now: UTCInstant) throws -> Int64 {
        guard let id = record.account, let account = try account(id) else { throw RecordRefusal(reason: "unknownAccount") }
        guard account.currency == record.approved.currency else { throw RecordRefusal(reason: "currencyMismatch") }
        for kind in try doubts(record) {
            try alarm(
                kind, terminal: record.terminal, sequence: record.sequence, record: record.id, "account \(id)", at: now)
        }
        let balance = try move(
            account, by: -record.approved.minorUnits, kind: "offlineApproval", terminal: record.terminal,
            payment: record.payment, record: record.id, at: now)
        if balance < 0 {
            try alarm(
                .overspent, terminal: record.terminal, sequence: record.sequence, record: record.id, "account \(id)", at: now)
        }
        try countPurchase(id, day: day(account.programme, record.decidedAt), delta: 1)
        return record.approved.minorUnits
    }

    /// What does not bear out an offline approval.
    private func doubts(_ record: JournalRecord) throws -> [AlarmKind] {
        var found: [AlarmKind] = []
        if let sealed = record.sealedEvidence {
            if let evidence = try? cards.open(sealed, payment: record.payment) {
                let instrument = cards.instrument(evidence)
                if instrument == nil || instrument != record.instrument { found.append(.evidenceInstrument) }
                if evidence.amount != record.approved { found.append(.evidenceAmount) }
                if !evidence.mayBeApproval { found.append(.evidenceNotApproved) }
                if !cards.isAuthentic(evidence) { found.append(.cryptogramInvalid) }
            } else {
                found.append(.evidenceUnreadable)
            }
        } else {
            found.append(.evidenceMissing)
        }
        let owner = try record.instrument.flatMap { try account(of: $0) }
        if owner == nil || owner?.id != record.account { found.append(.instrumentNotBound) }
        let allowed = try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM allowance WHERE account = ? AND terminal = ?)",
            arguments: [record.account, record.terminal])
        if allowed != true { found.append(.noAllowance) }
        return found
    }

    /// Booked when it was authorised; here it is only confirmed.
    private func complete(_ record: JournalRecord, now: UTCInstant) throws -> Int64 {
        guard let original = try authorisation(record.payment) else { throw RecordRefusal(reason: "unknownAuthorisation") }
        guard original["terminal"] as String == record.terminal else { throw RecordRefusal(reason: "notYourPayment") }
        switch original["state"] as String {
        case "booked", "completed":
            guard original["amount"] as Int64? == record.approved.minorUnits,
                original["currency"] as String? == record.approved.currency.code
            else { throw RecordRefusal(reason: "amountMismatch") }
            try setState(record.payment, "completed")
        case "reversed":
            try alarm(
                .approvalAfterReversal, terminal: record.terminal, sequence: record.sequence, record: record.id,
                "not booked again", at: now)
        default: throw RecordRefusal(reason: "authorisationDeclined")
        }
        return 0
    }

    /// ALL-10: gives back what the named authorisation took, once; when it has not come yet, it never will be booked.
    private func reverse(_ record: JournalRecord, now: UTCInstant) throws -> Int64 {
        guard let original = try authorisation(record.payment) else {
            try db.execute(
                sql: "INSERT INTO authorisation (payment, terminal, state, decided_at) VALUES (?, ?, 'reversed', ?)",
                arguments: [Data(record.payment.bytes), record.terminal, now.milliseconds])
            try release(payment: record.payment, now: now)
            return 0
        }
        guard original["terminal"] as String == record.terminal else { throw RecordRefusal(reason: "notYourPayment") }
        let state: String = original["state"]
        guard state == "booked" || state == "completed" else { return 0 }
        guard let id = original["account"] as String?, let amount = original["amount"] as Int64?,
            let day = original["day"] as String?, let account = try account(id)
        else { throw RecordRefusal(reason: "unknownAccount") }
        try move(
            account, by: amount, kind: "reversal", terminal: record.terminal, payment: record.payment, record: record.id,
            at: now)
        try countPurchase(id, day: day, delta: -1)
        try setState(record.payment, "reversed")
        try touch(id)
        return 0
    }

    private func authorisation(_ payment: UUIDv7) throws -> Row? {
        try Row.fetchOne(db, sql: "SELECT * FROM authorisation WHERE payment = ?", arguments: [Data(payment.bytes)])
    }

    private func setState(_ payment: UUIDv7, _ state: String) throws {
        try db.execute(
            sql: "UPDATE authorisation SET state = ? WHERE payment = ?", arguments: [state, Data(payment.bytes)])
    }

    /// ALL-3: moves the contiguous prefix on, over records that had arrived ahead of this one.
    private func count(_ record: JournalRecord, account: String, sequence: Int64, spent: Int64, now: UTCInstant) throws {
        let key: StatementArguments = [account, record.terminal]
        var through =
            try Int64.fetchOne(db, sql: "SELECT through FROM counted WHERE account = ? AND terminal = ?", arguments: key) ?? 0
        let heldAhead =
            try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM ahead WHERE account = ? AND terminal = ? AND sequence = ?)",
                arguments: key + [sequence]) ?? false
        guard sequence > through, !heldAhead else {
            try alarm(
                .accountSequenceReused, terminal: record.terminal, sequence: record.sequence, record: record.id,
                "account \(account), number \(sequence)", at: now)
            return
        }
        guard sequence == through + 1 else {
            let programme = try self.account(account)?.programme ?? record.programme ?? ""
            try db.execute(
                sql: "INSERT INTO ahead VALUES (?, ?, ?, ?, ?, ?)",
                arguments: key + [sequence, spent, day(programme, record.decidedAt), spent > 0 ? 1 : 0])
            return
        }
        through = sequence
        while try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM ahead WHERE account = ? AND terminal = ? AND sequence = ?)",
            arguments: key + [through + 1]) == true
        {
            through += 1
        }
        try db.execute(
            sql: "DELETE FROM ahead WHERE account = ? AND terminal = ? AND sequence <= ?", arguments: key + [through])
        try db.execute(
            sql: "INSERT INTO counted VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET through = excluded.through",
            arguments: key + [through])
    }
}

/// What an accepted record waits for.
enum HoldReason: String {
    case unknownAccount, unknownAuthorisation

    var alarm: AlarmKind {
        switch self {
        case .unknownAccount: .heldUnknownAccount
        case .unknownAuthorisation: .heldUnknownAuthorisation
        }
    }
}

extension LedgerTransaction {
    func knows(terminal: String) throws -> Bool {
        try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM terminal WHERE id = ?)", arguments: [terminal]) ?? false
    }

    /// Closes the old journal's numbers: the new one goes on after the highest account numbers that the old one is known
    /// to have used (ALL-3), so that what is counted next is never taken for what came ahead before.
    func replace(terminal: String, now: UTCInstant) throws {
        let old = try self.terminal(terminal)
        let open = try Row.fetchAll(
            db,
            sql: """
                SELECT account, max(sequence) AS highest FROM (
                    SELECT account, sequence FROM ahead WHERE terminal = ?1
                    UNION ALL
                    SELECT record.account, record.account_sequence FROM held JOIN record ON record.id = held.record
                    WHERE record.terminal = ?1 AND record.account IS NOT NULL
                ) GROUP BY account ORDER BY account
                """, arguments: [terminal])
        for row in open {
            let account: String = row["account"]
            try db.execute(
                sql: """
                    INSERT INTO counted VALUES (?, ?, ?)
                    ON CONFLICT DO UPDATE SET through = max(through, excluded.through)
                    """, arguments: [account, terminal, row["highest"] as Int64])
            try touch(account)
        }
        try db.execute(sql: "DELETE FROM ahead WHERE terminal = ?", arguments: [terminal])
        try db.execute(
            sql: "UPDATE terminal SET image = image + 1, highest_sequence = 0 WHERE id = ?", arguments: [terminal])
        try alarm(
            .terminalReplaced, terminal: terminal, sequence: old.highestSequence, record: nil,
            "journal \(old.image) ends, accounts with records missing: \(open.count)", at: now)
    }
}
