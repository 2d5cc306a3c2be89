import Core
import Foundation
import HostLedger
import HostProtocol
import Programmes
import Simulation
import Store

/// One terminal: its store, and what its till was told.
struct FleetTerminal {
    let id: String
    let path: String
    var store: PaymentStore
    /// Purchases that can still be given back.
    var purchases: [FleetPurchase] = []

    init(_ id: String, folder: URL) {
        self.id = id
        path = folder.appending(path: "\(id).sqlite").path
        store = PaymentStore(path: path, terminal: id)
    }
}

struct FleetPurchase {
    var payment: UUIDv7
    var account: Int
    var shares: [PurseShare]
}

struct FleetAccount {
    var id: String
    var layout: PurseLayout
    var programme: Programme
    var instrument: Pseudonym
    /// Units that all tills together were told have left each purse.
    var taken: Units = .zero
}

/// What the run has seen.
public struct FleetCounts: Sendable, Equatable {
    /// Records, each time one was put on the wire, and those among them that had been there before.
    public var sends = 0
    public var resends = 0
    public var batches = 0
    public var lostRequests = 0
    public var lostAcknowledgements = 0
    public var duplicates = 0
    public var reordered = 0
    public var partialAnswers = 0
    public var lateAnswers = 0
    public var lostPages = 0
    public var terminalRestarts = 0
    /// Of them, in the middle of a payment.
    public var brokenOff = 0
    public var hostRestarts = 0

    mutating func noteSends(_ records: [ForwardedRecord], before: inout Set<UUIDv7>) {
        batches += 1
        sends += records.count
        for record in records where !before.insert(record.id).inserted { resends += 1 }
    }
}

/// What happens at the tills.
extension Fleet {
    func openAccounts() async throws {
        for (place, layout) in Fleet.shipped.enumerated() {
            guard place < programmes.count, let currency = Currency(code: layout.currencyCode) else {
                throw FleetFailure(seed: seed, message: "programme \(layout.programme) is missing")
            }
            for number in 0..<settings.accounts {
                let bytes = [UInt8](repeating: 0xA5, count: 13) + [UInt8(place), UInt8(number >> 8 & 0xFF), UInt8(number & 0xFF)]
                guard let instrument = Pseudonym(bytes: bytes) else { continue }
                accounts.append(
                    FleetAccount(
                        id: "\(layout.programme)-\(number)", layout: layout, programme: programmes[place],
                        instrument: instrument))
                try await ledger.addAccount(
                    NewAccount(
                        id: "\(layout.programme)-\(number)", programme: layout.programme, currency: currency,
                        purses: layout.lines.map {
                            PurseBalance(purse: $0.purse, denomination: $0.denomination, balance: Fleet.opening)
                        },
                        instruments: [InstrumentBinding(pseudonym: instrument, kind: .app)]), now: now)
            }
        }
        for terminal in terminals {
            try await ledger.setTerminal(
                terminal.id, merchant: "M1", signingKey: Fleet.terminalKey, programmes: programmes.map(\.id),
                risk: TerminalRiskLimits(exposureCap: 1 << 40, maximumCacheAge: 1 << 40), now: now)
            for account in accounts {
                try await ledger.setAllowance(
                    OfflineAllowance(amount: 1 << 40, count: 1_000_000_000, perTransaction: 1 << 40), account: account.id,
                    terminal: terminal.id)
            }
        }
    }

    /// Units in each purse when it is opened: more than any run spends.
    static let opening: Int64 = 1_000_000_000_000

    func pay(_ terminal: Int) throws {
        let account = random.below(accounts.count)
        let shares = split(accounts[account].layout)
        let amount = Money(
            minorUnits: shares.reduce(0) { $0 + $1.money }, currency: accounts[account].programme.currency)
        let payment = mint()
        _ = try terminals[terminal].store.begin(
            PaymentIntent(id: payment, reference: nil, amount: amount, startedAt: now))
        let kind = random.below(20)
        let (request, moment) = (PurchaseRequest(amount: amount), trusted)
        let closing = PaymentClosing(
            payment: payment, record: mint(), request: request, programme: accounts[account].programme,
            instrument: accounts[account].instrument, sealedEvidence: nil, now: moment, hostReachable: false)
        let settled = try terminals[terminal].store.settle(closing) { state, _ in
            switch kind {
            case 0: return .torn(.declined(amount, rule: "ALL-10", reason: .interrupted))
            case 1: return .local(.declined(amount, rule: "CARD-1", reason: .insufficientFunds), cardMovedOn: true)
            default:
                guard state != nil else {
                    return .local(.declined(amount, rule: "CARD-8", reason: .unknownInstrument), cardMovedOn: false)
                }
                return .local(
                    Decision(
                        outcome: .approved, approvedAmount: amount, rule: "ALL-7", reason: .approvedOffline, split: shares),
                    cardMovedOn: true)
            }
        }
        guard settled.sequence != nil, settled.decision.approved == (kind > 1) else {
            throw FleetFailure(seed: seed, message: "\(settled.decision.reason) of a payment on \(accounts[account].id)")
        }
        try tell(closing.record)
        guard settled.decision.approved else { return }
        move(account, shares, -1)
        terminals[terminal].purchases.append(FleetPurchase(payment: payment, account: account, shares: shares))
        if terminals[terminal].purchases.count > 500 { terminals[terminal].purchases.removeFirst(250) }
    }

    /// All of an earlier purchase is given back, once.
    func refund(_ terminal: Int) throws {
        guard !terminals[terminal].purchases.isEmpty else { return }
        let found = terminals[terminal].purchases.remove(at: random.below(terminals[terminal].purchases.count))
        let account = accounts[found.account]
        let amount = Money(minorUnits: found.shares.reduce(0) { $0 + $1.money }, currency: account.programme.currency)
        let amendment = Amendment(
            payment: mint(), record: mint(), reference: nil, kind: .refund, original: found.payment, amount: amount,
            programme: account.programme, now: trusted, hostReachable: false)
        let settled = try terminals[terminal].store.amend(amendment) { _, _, _ in
            Decision(
                outcome: .approved, approvedAmount: amount, rule: "CARD-13", reason: .refunded, split: found.shares)
        }
        guard settled.decision.approved else { throw FleetFailure(seed: seed, message: "a refund was declined") }
        try tell(amendment.record)
        move(found.account, found.shares, 1)
    }

    /// A payment is cut off between its two commits: after the start it is closed with a reversal (ALL-10).
    func breakOff(_ terminal: Int) throws {
        let amount = Money(minorUnits: 100, currency: .eur)
        _ = try terminals[terminal].store.begin(
            PaymentIntent(id: mint(), reference: nil, amount: amount, startedAt: now))
        counts.brokenOff += 1
        try restart(terminal)
    }

    /// The file is closed and opened again, as a new process would.
    func restart(_ terminal: Int) throws {
        counts.terminalRestarts += 1
        terminals[terminal].store.close()
        terminals[terminal].store = PaymentStore(path: terminals[terminal].path, terminal: terminals[terminal].id)
        var records: [UUIDv7] = []
        _ = try terminals[terminal].store.recoverOpenPayments(now: trusted) {
            records.append(mint())
            return records[records.count - 1]
        }
        for record in records { try tell(record) }
    }

    func restartHost() throws {
        counts.hostRestarts += 1
        ledger = try Fleet.open(folder, programmes, evidenceKey)
    }

    private func tell(_ record: UUIDv7) throws {
        guard told.insert(record).inserted else { throw FleetFailure(seed: seed, message: "an id was minted twice") }
    }

    private func move(_ account: Int, _ shares: [PurseShare], _ sign: Int64) {
        for (place, line) in accounts[account].layout.lines.enumerated() {
            for share in shares where share.purse == line.purse && share.denomination == line.denomination {
                accounts[account].taken[place] -= sign * share.units
            }
        }
    }

    /// One to three purses, at least one cent in all.
    private func split(_ layout: PurseLayout) -> [PurseShare] {
        let first = random.below(layout.lines.count)
        var shares: [PurseShare] = []
        for (place, line) in layout.lines.enumerated() where place == first || random.one(in: 3) {
            let units = Int64(1 + random.below(line.denomination == nil ? 5000 : 5))
            shares.append(
                PurseShare(
                    purse: line.purse, denomination: line.denomination, units: units * line.unitsPerMinor,
                    money: units * (line.denomination ?? 1)))
        }
        return shares
    }
}
