import Core
import Foundation
import HostProtocol
import Payments
import Testing

@testable import Store

@Suite("Bad input: absurd limit pages")
struct LimitBoundsTests {
    let scene: StoreScene

    init() throws { scene = try StoreScene() }

    struct Absurd: Sendable, CustomTestStringConvertible {
        let field: String
        let change: @Sendable (inout LimitPage) -> Void
        var testDescription: String { field }
        init(_ field: String, _ change: @escaping @Sendable (inout LimitPage) -> Void) {
            self.field = field
            self.change = change
        }
    }

    static let absurd: [Absurd] = [
        Absurd("incarnation") { $0.incarnation = 0 },
        Absurd("version") { $0.version = .max },
        Absurd("base") { $0.base = -1 },
        Absurd("position") { $0.position = SnapshotPosition(at: 2, after: "x") },
        Absurd("merchant") { $0.merchant = String(repeating: "m", count: 65) },
        Absurd("enrolledProgrammes") { $0.enrolledProgrammes = [""] },
        Absurd("merchantCategory") { $0.merchantCategory = "58x2" },
        Absurd("risk") { $0.risk.exposureCap = -1 },
        Absurd("rates") { $0.rates[0].rate = String(repeating: "1", count: 33) },
        Absurd("removed") { $0.removed = [String(repeating: "a", count: 65)] },
        Absurd("accounts.account") { $0.accounts[0].account = "" },
        Absurd("accounts.programme") { $0.accounts[0].programme = "epassi-wallet" },
        Absurd("accounts.version") { $0.accounts[0].version = 3 },
        Absurd("accounts.version") { $0.accounts[0].version = -1 },
        Absurd("accounts.purses") { $0.accounts[0].balance = 1_000_000_000_000_001 },
        Absurd("accounts.purses") { $0.accounts[0].balance = .min },
        Absurd("accounts.purses") { $0.accounts[0].purses[0].purse = "a\tb" },
        Absurd("accounts.purses") { $0.accounts[0].purses[0].denomination = 0 },
        Absurd("accounts.purses") { $0.accounts[0].purses += $0.accounts[0].purses },
        Absurd("accounts.purses") { page in
            page.accounts[0].purses = (0..<65).map { PurseBalance(purse: "p\($0)", balance: 0) }
        },
        Absurd("accounts.countedThrough") { $0.accounts[0].countedThrough = -1 },
        Absurd("accounts.countedThrough") { $0.accounts[0].countedThrough = .max },
        Absurd("accounts.purchasesOnCountedDay") { $0.accounts[0].purchasesOnCountedDay = -1 },
        Absurd("accounts.amountOnCountedDay") { $0.accounts[0].amountOnCountedDay = .max },
        Absurd("accounts.offlineAllowance") { $0.accounts[0].offlineAllowance?.count = -1 },
        Absurd("accounts.pin") { $0.accounts[0].pin = PINState(disabled: false, verifier: "a\nb") },
        Absurd("accounts.instruments") { page in
            page.accounts[0].instruments = Array(repeating: page.accounts[0].instruments[0], count: 257)
        },
    ]

    @Test("Bad input: absurd values are refused by field, and the earlier state is intact", arguments: absurd)
    func absurdPages(_ absurd: Absurd) throws {
        try scene.apply(scene.limits([scene.account(version: 1)], version: 1))
        var page = scene.limits([try scene.account(balance: 5, version: 2)], version: 2, base: 1)
        absurd.change(&page)
        #expect(throws: LimitPageRefusal.malformed(field: absurd.field)) { try scene.apply(page) }
        #expect(try scene.state().limit.balance == 100_000)
        #expect(try scene.store.limitPosition() == (1, 1))
    }

    @Test("Bad input: the marks of a snapshot belong to its version")
    func absurdMarks() throws {
        #expect(throws: LimitPageRefusal.malformed(field: "next")) {
            try scene.apply(scene.limits(version: 4, next: SnapshotPosition(at: 5, after: "A")))
        }
        let stops = try JSONDecoder().decode(
            StopChanges.self, from: Data(#"{"added":"AAAA","removed":""}"#.utf8))
        #expect(throws: LimitPageRefusal.malformed(field: "stops")) {
            try scene.apply(scene.limits(version: 4, stops: stops))
        }
    }
}
