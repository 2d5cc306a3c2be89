import Core
import Foundation
import HostProtocol
import Programmes
import Testing

@testable import HostLedger

@Suite("Double entry")
struct DoubleEntryTests {
    /// Runs the sqlite3 of Debian over the books: what it adds up, it adds up without our code.
    private func sqlite(_ books: Books, _ sql: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sqlite3")
        process.arguments = ["-readonly", books.path, sql]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func sides(_ books: Books) throws -> [String: Int64] {
        try books.report().trial.reduce(into: [:]) { $0[$1.ledger, default: 0] += $1.money }
    }

    @Test("What a purse gives, merchant, fees and exchange receive; a void gives all of it back")
    func fees() async throws {
        let books = try await Books()
        var journal = Journal()
        let payment = Books.id()
        let lines = [
            ChargeLine(kind: .purchase, amount: Books.sek(10_000)), ChargeLine(kind: .exchangeFee, amount: Books.sek(295)),
            ChargeLine(kind: .fee, amount: Books.sek(5)),
        ]
        let split = [PurseShare(purse: "prepaid", units: 10_300, money: 10_300)]
        try await books.send([
            try journal.record(.offlineApproval, 10_000, payment: payment) { ($0.lines, $0.split) = (lines, split) }
        ])
        #expect(
            try sides(books) == ["customers": 89_700, "issuer": -100_000, "merchant:M1": 10_000, "exchange": 295, "fees": 5])
        let receipt = try LedgerReceipt(path: books.path, payment: payment)
        #expect(receipt.entries.map(\.kind) == ["offlineApproval"])
        #expect(receipt.entries.first?.lines.map(\.money) == [-10_300])
        #expect(
            receipt.entries.first?.sides == [
                LedgerReceipt.Side(ledger: "fees", money: 5), LedgerReceipt.Side(ledger: "exchange", money: 295),
                LedgerReceipt.Side(ledger: "merchant:M1", money: 10_000),
            ])
        try await books.send([try journal.record(.void, 0) { $0.original = payment }])
        #expect(
            try sides(books) == ["customers": 100_000, "issuer": -100_000, "merchant:M1": 0, "exchange": 0, "fees": 0])
        #expect(try LedgerReceipt(path: books.path, payment: payment).entries.map(\.kind) == ["offlineApproval", "void"])
        #expect(try books.report().faults == [])
        #expect(throws: LedgerError.refused("unknownPurchase")) { _ = try LedgerReceipt(path: books.path, payment: Books.id()) }
    }

    @Test("Whatever happens, in whatever order and however often it is sent, all accounts together stay zero", arguments: 0..<8)
    func random(_ seed: UInt64) async throws {
        struct Seeded: RandomNumberGenerator {
            var state: UInt64
            mutating func next() -> UInt64 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return state ^ (state >> 29)
            }
        }
        var random = Seeded(state: seed &* 77 &+ 5)
        let books = try await Books()
        var journal = Journal()
        var purchases: [UUIDv7] = []
        var holds: [UUIDv7] = []
        var sent: [ForwardedRecord] = []
        for step in 0..<60 {
            let amount = Int64.random(in: 1...9_000, using: &random)
            let payment = Books.id()
            switch Int.random(in: 0..<9, using: &random) {
            case 0, 1:
                sent.append(
                    try journal.record(.offlineApproval, amount, payment: payment) {
                        $0.split = [PurseShare(purse: "prepaid", units: amount + 7, money: amount + 7)]
                        $0.lines = [ChargeLine(kind: .fee, amount: Books.sek(7))]
                    })
                purchases.append(payment)
            case 2:
                sent.append(try journal.record(.hold, amount, payment: payment))
                holds.append(payment)
            case 3:
                if let original = holds.randomElement(using: &random) {
                    sent.append(try journal.record(.completion, amount) { $0.original = original })
                }
            case 4:
                if let original = purchases.randomElement(using: &random) {
                    sent.append(try journal.record(.refund, min(amount, 500)) { $0.original = original })
                }
            case 5:
                if let original = (purchases + holds).randomElement(using: &random) {
                    sent.append(try journal.record(Bool.random(using: &random) ? .void : .release, 0) { $0.original = original })
                }
            case 6:
                let answer = try await books.authorise(try Books.request(amount, payment: payment))
                guard answer.approved else { break }
                if Bool.random(using: &random) {
                    sent.append(try journal.record(.reversal, 0, payment: payment, account: nil))
                } else {
                    sent.append(try journal.record(.onlineApproval, amount, payment: payment))
                    purchases.append(payment)
                }
            case 7:
                try await books.ledger.setBalance(Books.sek(amount * 10), account: "A1", now: Books.noon)
            default:
                // Anything, again, in any order.
                try await books.send(sent.shuffled(using: &random).prefix(30).map { $0 })
                if step % 2 == 0 { try await books.ledger.expireHolds(now: Books.noon.advanced(byMilliseconds: 700_000_000)) }
            }
        }
        for _ in 0..<2 {
            for start in stride(from: 0, to: sent.count, by: 50) {
                try await books.send(Array(sent[start..<min(start + 50, sent.count)]))
            }
        }
        let report = try books.report()
        #expect(report.faults == [])
        #expect(
            try sqlite(
                books,
                """
                SELECT count(*) FROM (SELECT entry, purse, denomination, units, money FROM movement
                UNION ALL SELECT entry, purse, denomination, units, money FROM counter)
                GROUP BY entry, purse, denomination HAVING sum(units) <> 0 OR sum(money) <> 0
                """) == "")
        #expect(report.trial.reduce(0) { $0 + $1.money } == 0)
        #expect(report.trial.first { $0.ledger == "customers" }?.units == report.accounts.first?.balance)
        // Nobody's fees are below zero, and no more than one of them for each purchase.
        let fees = try sides(books)["fees"] ?? 0
        #expect((0...Int64(7 * purchases.count)).contains(fees))
        // Once more from the beginning: not one entry more.
        try await books.send(Array(sent.prefix(100)))
        #expect(try books.report().payments == report.payments)
    }

    @Test("The check finds a side that was forged")
    func forged() async throws {
        let books = try await Books()
        #expect(try books.report().faults == [])
        try await books.ledger.write {
            try $0.run("INSERT INTO counter (entry, ledger, currency, purse, denomination, units, money) SELECT number, 'fees', 'SEK', 'prepaid', 0, 1, 1 FROM entry LIMIT 1")
        }
        #expect(
            try books.report().faults == [
                "entry whose two sides do not cancel: 1 prepaid 0", "all accounts together are not zero: SEK prepaid 0",
            ])
    }
}
