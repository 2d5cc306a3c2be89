import Core
import Foundation
import HostProtocol
import Payments
import Programmes
import Testing

@testable import Store

/// A host that books each record once, in order, and tells one terminal what it has; and the terminal's records in order.
private struct HostModel {
    enum Record {
        case purchase(UUIDv7, Int64), hold(UUIDv7, Int64)
        case completion(of: UUIDv7, Int64), release(of: UUIDv7), void(Int64), refund(Int64)
        /// Booked when the host was asked.
        case online
    }

    struct Books {
        var balance: Int64 = 10_000_000
        var counted = 0
        var holds: [UUIDv7: Int64] = [:]

        mutating func book(_ record: Record) {
            switch record {
            case .purchase(_, let amount): balance -= amount
            case .hold(let id, let amount):
                balance -= amount
                holds[id] = amount
            case .completion(let id, let amount): balance += (holds.removeValue(forKey: id) ?? 0) - amount
            case .release(let id): balance += holds.removeValue(forKey: id) ?? 0
            case .void(let amount), .refund(let amount): balance += amount
            case .online: break
            }
        }
    }

    var records: [Record] = []
    var books = Books()
    /// As the terminal's limit store last heard of them.
    var told = Books()
    var version: Int64 = 1

    mutating func count(_ records: Int) {
        for record in self.records[books.counted..<books.counted + records] { books.book(record) }
        books.counted += records
    }

    /// What the terminal must find available: what it was told, and its own records since; refunds are the host's to credit.
    var available: Int64 {
        var books = told
        for record in records[told.counted...] {
            if case .refund = record { continue }
            books.book(record)
        }
        return books.balance
    }
}

@Suite("ALL-3: random orders of everything that moves money agree with a model of the host")
struct HostModelTests {
    private func limit(_ scene: StoreScene, _ books: HostModel.Books, version: Int64) throws -> AccountLimit {
        var limit = try scene.account(balance: books.balance, version: version, countedThrough: Int64(books.counted))
        limit.openHolds = books.holds.keys.sorted()
        return limit
    }

    @Test("Purchases, holds and their ends, voids, refunds, online approvals, counts, expiries, pages, restarts", arguments: 1...25)
    func random(_ seed: UInt64) throws {
        var random = SplitMix(state: seed &* 7919)
        let scene = try StoreScene()
        var model = HostModel()
        var held: [(id: UUIDv7, amount: Int64)] = []
        var paid: [(id: UUIDv7, amount: Int64)] = []
        /// A snapshot whose second page is to come, and which page has the account.
        var staged: (version: Int64, books: HostModel.Books?)?
        try scene.page([limit(scene, model.books, version: 1)], version: 1)
        func draw(_ count: Int) -> Int { Int(random.next() % UInt64(max(count, 1))) }
        func approve(_ amount: Int64, _ kind: PurchaseRequest.Kind = .purchase) throws -> UUIDv7 {
            let payment = try scene.begin(amount, kind: kind)
            _ = try scene.store.settle(scene.closing(payment, amount, kind: kind)) { _, _ in
                .local(
                    Decision(outcome: .approved, approvedAmount: scene.sek(amount), rule: "ALL-7", reason: .approvedOffline),
                    cardMovedOn: true)
            }
            return payment
        }
        func amend(_ kind: Amendment.Kind, _ original: UUIDv7, _ amount: Int64) throws {
            _ = try scene.store.amend(scene.amendment(kind, original, amount)) { earlier, _, _ in
                Decision(
                    outcome: .approved, approvedAmount: scene.sek(amount), rule: "CARD-12", reason: .approvedOffline,
                    split: [PurseShare(purse: "prepaid", units: amount, money: amount)])
            }
        }
        for step in 0..<120 {
            let amount = Int64(draw(10_000)) + 1
            switch draw(14) {
            case 0, 1:
                let payment = try approve(amount)
                paid.append((payment, amount))
                model.records.append(.purchase(payment, amount))
            case 2, 3:
                let payment = try approve(amount, .hold)
                held.append((payment, amount))
                model.records.append(.hold(payment, amount))
            case 4 where !held.isEmpty:
                let hold = held.remove(at: draw(held.count))
                let final = Int64(draw(Int(hold.amount))) + 1
                try amend(.completion, hold.id, final)
                paid.append((hold.id, final))
                model.records.append(.completion(of: hold.id, final))
            case 5 where !held.isEmpty:
                let hold = held.remove(at: draw(held.count))
                try amend(.release, hold.id, hold.amount)
                model.records.append(.release(of: hold.id))
            case 6 where !paid.isEmpty:
                let purchase = paid.remove(at: draw(paid.count))
                if draw(2) == 0 {
                    try amend(.void, purchase.id, purchase.amount)
                    model.records.append(.void(purchase.amount))
                } else {
                    try amend(.refund, purchase.id, purchase.amount)
                    model.records.append(.refund(purchase.amount))
                }
            case 7:
                let payment = try scene.begin(amount)
                model.books.balance -= amount
                model.version += 1
                let answer = AuthorisationAnswer(
                    payment: payment, approved: true, rule: "CARD-21", reason: "approvedOnline", authorisationCode: nil,
                    account: try limit(scene, model.books, version: model.version), hostTime: scene.now.instant)
                _ = try scene.store.settle(scene.closing(payment, amount)) { _, _ in
                    .host(
                        Decision(outcome: .approved, approvedAmount: scene.sek(amount), rule: "CARD-21", reason: .approvedOnline),
                        answer)
                }
                model.told = model.books
                // The statement went into the staged pages too.
                if staged?.books != nil { staged?.books = model.books }
                model.records.append(.online)
                paid.append((payment, amount))
            case 8: if let hold = model.books.holds.keys.sorted().first, draw(2) == 0 {
                // The host lets a hold that it has counted expire; the terminal hears of it with the next page.
                model.books.balance += model.books.holds.removeValue(forKey: hold) ?? 0
            }
            case 9:
                try scene.acknowledge()
                scene.store.close()
            case 10: scene.store.close()
            case 11 where staged == nil:
                model.count(draw(model.records.count - model.books.counted + 1))
                model.version += 1
                let isFirst = draw(2) == 0
                staged = (model.version, isFirst ? model.books : nil)
                try scene.apply(scene.limits(
                    isFirst ? [limit(scene, model.books, version: model.version)] : [], version: model.version,
                    next: SnapshotPosition(at: model.version, after: "A")))
            case 12 where staged != nil:
                guard let (version, books) = staged else { break }
                if let books {
                    model.told = books
                    try scene.apply(scene.limits(version: version, from: SnapshotPosition(at: version, after: "A")))
                } else {
                    model.count(draw(model.records.count - model.books.counted + 1))
                    model.version += 1
                    model.told = model.books
                    try scene.apply(scene.limits(
                        [limit(scene, model.books, version: model.version)], version: version,
                        from: SnapshotPosition(at: version, after: "A")))
                }
                staged = nil
                while try scene.store.tidy(rows: 1) {}
            default:
                guard staged == nil else { break }
                model.count(draw(model.records.count - model.books.counted + 1))
                let base = try scene.store.limitVersion()
                model.version += 1
                try scene.page(
                    [limit(scene, model.books, version: model.version)], version: model.version, base: draw(4) == 0 ? 0 : base)
                model.told = model.books
            }
            try #require(
                scene.state().available() == scene.sek(model.available), "seed \(seed), step \(step)")
        }
        #expect(try scene.store.firstBrokenLink() == nil)
    }
}
