import Core
import Foundation
import GRDB
import HostLedger
import HostProtocol
import Programmes
import Simulation
import Store

/// What a run came to. A sound run has nothing but its counts.
public struct FleetVerdict: Sendable, Equatable {
    /// Records that the tills were told of, that the journals hold, that the host holds, and that were acknowledged.
    public var told = 0
    public var journalled = 0
    public var booked = 0
    public var acknowledged = 0
    /// Told, and not in the books.
    public var lost = 0
    /// In the books, and told by nobody, or booked once more under another id.
    public var doubled = 0
    /// Units by which purses differ between tills and books, journals and books, or terminals and books, all summed up.
    public var difference: Int64 = 0
    /// What else is wrong, in words; at most a hundred.
    public var faults: [String] = []

    public var isSound: Bool { lost == 0 && doubled == 0 && difference == 0 && faults.isEmpty }

    mutating func fault(_ text: String) {
        if faults.count < 100 { faults.append(text) }
    }
}

/// Reads the files of all sides with SQL of its own, and compares.
struct FleetCheck {
    /// One purse of an account, or one denomination of its vouchers.
    struct Purse: Hashable {
        var account: String
        var purse: String
        var denomination: Int64
    }

    private let fleet: Fleet

    init(_ fleet: Fleet) { self.fleet = fleet }

    func verdict() throws -> FleetVerdict {
        var verdict = FleetVerdict()
        try availability(&verdict)
        let told = Set(fleet.told.map { Data($0.bytes) })
        verdict.told = told.count
        verdict.acknowledged = fleet.acknowledged.intersection(fleet.told).count
        if verdict.acknowledged != told.count { verdict.fault("\(told.count - verdict.acknowledged) never acknowledged") }

        let books = try queue(fleet.ledgerPath)
        let booked = try books.read { Set(try Data.fetchAll($0, sql: "SELECT id FROM record")) }
        verdict.booked = booked.count
        var journalled: Set<Data> = []
        var spent: [Purse: Int64] = [:]
        for terminal in fleet.terminals {
            terminal.store.close()
            try read(terminal, &journalled, &spent, &verdict)
        }
        verdict.journalled = journalled.count
        verdict.lost = told.subtracting(booked).count
        if told != journalled { verdict.fault("journal: \(told.symmetricDifference(journalled).count) records are not as told") }
        verdict.doubled =
            booked.subtracting(told).count
            + (try books.read { database in
                try Int.fetchOne(
                    database,
                    sql: "SELECT coalesce(sum(times - 1), 0) FROM (SELECT count(*) AS times FROM record GROUP BY payment, kind)")
                    ?? 0
            })
        try purses(books, spent, &verdict)
        try report(&verdict)
        return verdict
    }

    private func queue(_ path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// What is available at each terminal is the host's balance, because everything is counted.
    private func availability(_ verdict: inout FleetVerdict) throws {
        for terminal in fleet.terminals {
            let waiting = try terminal.store.queueSummary()
            if waiting.depth + waiting.quarantined > 0 || !waiting.exposure.isEmpty {
                verdict.fault("\(terminal.id): \(waiting.depth) records wait, \(waiting.exposure)")
            }
            for account in fleet.accounts {
                guard let state = try terminal.store.account(instrument: account.instrument, today: nil) else {
                    verdict.fault("\(terminal.id): no account \(account.id)")
                    continue
                }
                if state.uncounted.shares.contains(where: { $0.units != 0 }) {
                    verdict.fault("\(terminal.id): spends of \(account.id) are not counted")
                }
                for (place, line) in account.layout.lines.enumerated() {
                    let available = state.units(line.purse, denomination: line.denomination) ?? 0
                    verdict.difference += abs(available - (Fleet.opening - account.taken[place]))
                }
            }
        }
    }

    private func read(
        _ terminal: FleetTerminal, _ journalled: inout Set<Data>, _ spent: inout [Purse: Int64],
        _ verdict: inout FleetVerdict
    ) throws {
        try queue(terminal.path).read { database in
            let whole = try String.fetchOne(database, sql: "PRAGMA integrity_check")
            if whole != "ok" { verdict.fault("\(terminal.id): \(whole ?? "")") }
            let left = try Int.fetchOne(database, sql: "SELECT count(*) FROM outbox") ?? -1
            if left != 0 { verdict.fault("\(terminal.id): \(left) rows in the outbox") }
            let rows = try Row.fetchCursor(database, sql: "SELECT id, body FROM journal ORDER BY sequence")
            while let row = try rows.next() {
                let (id, body): (Data, Data) = (row["id"], row["body"])
                if !journalled.insert(id).inserted { verdict.fault("\(terminal.id): a record twice in the journal") }
                let record = try WireJSON.decode(JournalRecord.self, from: Array(body))
                let sign: Int64
                switch record.kind {
                case .offlineApproval: sign = 1
                case .refund: sign = -1
                default: continue
                }
                for share in record.split ?? [] {
                    let purse = Purse(
                        account: record.account ?? "", purse: share.purse, denomination: share.denomination ?? 0)
                    spent[purse, default: 0] += sign * share.units
                }
            }
        }
    }

    /// The books' movements but the openings, beside the journals and beside what the tills were told.
    private func purses(_ books: DatabaseQueue, _ spent: [Purse: Int64], _ verdict: inout FleetVerdict) throws {
        var moved: [Purse: Int64] = [:]
        try books.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT movement.account, purse, denomination, sum(units) AS units FROM movement
                    JOIN entry ON entry.number = movement.entry WHERE entry.kind <> 'opening'
                    GROUP BY movement.account, purse, denomination
                    """)
            for row in rows {
                moved[Purse(account: row["account"], purse: row["purse"], denomination: row["denomination"])] = row["units"]
            }
        }
        for (purse, units) in spent where moved[purse] == nil { verdict.difference += abs(units) }
        for (purse, units) in moved { verdict.difference += abs(units + (spent[purse] ?? 0)) }
        for account in fleet.accounts {
            for (place, line) in account.layout.lines.enumerated() {
                let purse = Purse(account: account.id, purse: line.purse, denomination: line.denomination ?? 0)
                verdict.difference += abs((moved[purse] ?? 0) + account.taken[place])
            }
        }
    }

    /// The host's own check, and what it raised beyond the order in which records came.
    private func report(_ verdict: inout FleetVerdict) throws {
        let report = try LedgerReport(path: fleet.ledgerPath)
        for fault in report.faults { verdict.fault(fault) }
        for held in report.held { verdict.fault("held: \(held.record) \(held.reason)") }
        for terminal in report.terminals where !terminal.missing.isEmpty {
            verdict.fault("\(terminal.terminal): missing \(terminal.missing.joined(separator: " "))")
        }
        let ofOrder: Set<String> = ["sequenceGap", "heldUnknownOriginal"]
        for alarm in report.alarms where !ofOrder.contains(alarm.kind) {
            verdict.fault("alarm \(alarm.kind) \(alarm.terminal) \(alarm.sequence ?? 0) \(alarm.detail)")
        }
    }
}

extension FleetCounts {
    public var report: String {
        """
        sends               \(sends) records in \(batches) batches, \(resends) of them not for the first time
        lost requests       \(lostRequests)
        lost acknowledgements \(lostAcknowledgements)
        duplicated          \(duplicates)
        reordered           \(reordered)
        partial answers     \(partialAnswers)
        late answers        \(lateAnswers)
        lost limit pages    \(lostPages)
        terminal restarts   \(terminalRestarts), \(brokenOff) of them in the middle of a payment
        host restarts       \(hostRestarts)
        """
    }
}

extension FleetVerdict {
    public var report: String {
        """
        told by the tills   \(told)
        in the journals     \(journalled)
        acknowledged        \(acknowledged)
        booked at the host  \(booked)
        lost                \(lost)
        doubled             \(doubled)
        difference          \(difference) units
        """ + faults.map { "\nFAULT \($0)" }.joined()
    }
}
