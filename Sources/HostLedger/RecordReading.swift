import Core
import HostProtocol

extension LedgerTransaction {
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
        try require(record.id == forwarded.id, "id")
        try require(record.terminal == terminal, "terminal")
        try require(record.sequence == forwarded.sequence && record.sequence > 0, "sequence")
        try require(forwarded.chain.count == 32, "chain")
        try require((record.account == nil) == (record.accountSequence == nil), "accountSequence")
        try require(record.accountSequence.map { $0 > 0 } ?? true, "accountSequence")
        try require(!record.amount.isNegative && record.amount.minorUnits <= greatest, "amount")
        try require(record.approved.currency == record.amount.currency, "approved")
        try requireSplit(record.split)
        let approval = record.approved.isPositive && record.approved.minorUnits <= record.amount.minorUnits
        switch record.kind {
        case .offlineApproval, .deferredApproval, .hold:
            try require(record.account != nil, "account")
            try require(approval, "approved")
        case .onlineApproval: try require(approval, "approved")
        case .completion:
            try require(record.original != nil, "original")
            try require(!record.approved.isNegative && record.approved.minorUnits <= record.amount.minorUnits, "approved")
        case .release, .void: try require(record.original != nil, "original")
        case .refund:
            try require(record.original != nil, "original")
            try require(record.amount.isPositive, "amount")
            try require(record.approved.minorUnits == 0 || record.approved == record.amount, "approved")
        case .declineAdvice, .reversal, .torn: try require(record.approved.minorUnits == 0, "approved")
        }
        return record
    }

    /// Far above any payment, far below where sums of them overflow.
    private static let greatest: Int64 = 1 << 50

    private static func require(_ holds: Bool, _ field: String) throws(RecordRefusal) {
        guard holds else { throw RecordRefusal(reason: "malformed:\(field)") }
    }

    private static func requireSplit(_ split: [PurseShare]?) throws(RecordRefusal) {
        guard let split else { return }
        try require(split.count <= 64, "split")
        for share in split {
            try require(!share.purse.isEmpty && share.purse.utf8.count <= 64, "split")
            try require(share.denomination.map { (1...greatest).contains($0) } ?? true, "split")
            try require((0...greatest).contains(share.units) && (0...greatest).contains(share.money), "split")
        }
        try require(Set(split.map { PurseLine($0) }).count == split.count, "split")
    }
}
