import Core
import Foundation
import HostProtocol
import Programmes
import Store

/// Several terminals, each with a real store, and a host that spend from the same accounts while they hear little of each
/// other: how far below zero can an account fall (R8, `Programmes/OfflineBound.md`)?
public final class OverspendShop {
    public struct Findings: Sendable, Equatable {
        /// Sentences about what must never be.
        public var faults: [String] = []
        public var approvedOffline = 0
        public var approvedOnline = 0
        public var replacements = 0
        /// Accounts that fell below zero: the bound is about something.
        public var overspent = 0
        /// The largest overspending, in percent of its bound.
        public var closest: Int64 = 0

        public init() {}
    }

    struct Approval {
        var sequence: Int64
        var amount: Int64
    }

    struct Account {
        var id: String
        var instrument: Pseudonym
        var books: ModelAccount
        /// By terminal: what it may spend now, and the most that it ever might.
        var allowance: [Int: OfflineAllowance] = [:]
        var most: [Int: Int64] = [:]
        /// By terminal: the statement it goes by, and the number of its next record.
        var statement: [Int: AccountLimit] = [:]
        var next: [Int: Int64] = [:]
        var offline: [Int: [Approval]] = [:]
    }

    struct Terminal {
        var store: PaymentStore
        var path: String
        var applied: Int64 = 0
        var isAway = false
        var isGone = false
        /// The host has decided; the answer is under way, or lost.
        var asked: (account: Int, payment: UUIDv7, amount: Int64, answer: AuthorisationAnswer)?
    }

    static let initial: Int64 = 60_000

    var random: SplitMix64
    let programme: Programme
    let folder: URL
    var accounts: [Account] = []
    var terminals: [Terminal] = []
    var sent: [UUIDv7: (terminal: Int, account: Int, entry: ModelAccount.Entry, isBooked: Bool)] = [:]
    var version: Int64 = 1
    var minted: UInt32 = 0
    var now = UTCInstant(milliseconds: 1_795_258_800_000)
    let seed: UInt64
    var findings = Findings()

    /// - Parameters:
    ///   - folder: exists; the stores are made in it, and removed in the end.
    ///   - programme: of a prepaid card.
    public init(seed: UInt64, accounts: Int = 4, terminals: Int = 3, folder: URL, programme: Programme) throws {
        random = SplitMix64(seed: seed)
        self.seed = seed
        self.folder = folder
        self.programme = programme
        for number in 0..<accounts {
            guard let instrument = Pseudonym(bytes: [UInt8](repeating: UInt8(number + 1), count: 16)) else { continue }
            let initial = Units(OverspendShop.initial, 0, 0, 0)
            self.accounts.append(
                Account(
                    id: "A\(number)", instrument: instrument,
                    books: ModelAccount(initial: initial, version: 1, allowance: nil)))
        }
        for _ in 0..<terminals { try addTerminal() }
    }

    public func run(steps: Int) throws -> Findings {
        for _ in 0..<steps where findings.faults.isEmpty {
            now = now.advanced(byMilliseconds: random.below(Int64(2_400_000)))
            let terminal = random.below(terminals.count)
            if terminals[terminal].isGone { continue }
            switch random.below(20) {
            case 0..<10: try payOffline(terminal, random.below(accounts.count))
            case 10, 11: try askOnline(terminal, random.below(accounts.count))
            case 12, 13: try answer(terminal)
            case 14, 15: if !terminals[terminal].isAway { try forward(terminal, everything: false) }
            case 16, 17: if !terminals[terminal].isAway { try update(terminal) }
            case 18: terminals[terminal].isAway.toggle()
            default:
                if random.one(in: 12) { try replace(terminal) } else { grant(random.below(accounts.count), terminal) }
            }
        }
        try settleAll()
        for terminal in terminals.indices {
            terminals[terminal].store.close()
            for suffix in ["", "-wal"] {
                try? FileManager.default.removeItem(atPath: terminals[terminal].path + suffix)
            }
        }
        return findings
    }

    // MARK: Terminals

    func addTerminal() throws {
        let number = terminals.count
        let path = folder.appending(path: "overspend-\(seed)-\(number).sqlite").path
        terminals.append(Terminal(store: PaymentStore(path: path, terminal: "T\(number)"), path: path))
        for account in accounts.indices { grant(account, number) }
        try update(number)
    }

    func grant(_ account: Int, _ terminal: Int) {
        let amount = random.one(in: 6) ? 0 : 4_000 + random.below(Int64(20_000))
        accounts[account].allowance[terminal] = OfflineAllowance(
            amount: amount, count: 3 + random.below(12), perTransaction: 12_000)
        accounts[account].most[terminal] = max(accounts[account].most[terminal] ?? 0, amount)
        version += 1
        accounts[account].books.touch(version)
    }

    /// A new terminal in the place of a broken one, whose records may come later, or never.
    func replace(_ terminal: Int) throws {
        guard terminals.count < 8 else { return }
        terminals[terminal].isGone = true
        findings.replacements += 1
        try addTerminal()
    }

    func update(_ terminal: Int) throws {
        let today = programme.day(of: now)
        var statements: [AccountLimit] = []
        for account in accounts {
            var limit = account.books.statement(
                for: terminal, account: account.id, layout: .prepaid, instrument: account.instrument, today: today)
            limit.offlineAllowance = account.allowance[terminal]
            statements.append(limit)
        }
        let page = LimitPage(
            terminal: "T\(terminal)", nonce: mint(), version: version, base: 0, issuedAt: now, merchant: "M1",
            enrolledProgrammes: [programme.id],
            risk: TerminalRiskLimits(exposureCap: 1_000_000, maximumCacheAge: 10 * 86_400_000), accounts: statements,
            merchantCategory: "5812")
        let anchor = TrustedClock.Anchor(hostTime: now, bootMilliseconds: 1, bootID: "boot")
        try terminals[terminal].store.apply(page, anchor: anchor)
        for (account, statement) in statements.enumerated() { accounts[account].statement[terminal] = statement }
    }

    func fault(_ sentence: String) { findings.faults.append("seed \(seed): \(sentence)") }

    func mint() -> UUIDv7 {
        minted += 1
        return UUIDv7(
            milliseconds: now.milliseconds,
            random: [0, 0, 0, 0] + (0..<4).map { UInt8(truncatingIfNeeded: minted >> UInt32(24 - 8 * $0)) })
    }
}
