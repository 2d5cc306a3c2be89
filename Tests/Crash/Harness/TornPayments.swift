import Core
import Crypto
import EMV
import Foundation
import HostProtocol
import Logging
import Payments
import Programmes
import Store
import Synchronization
import Terminal
import VirtualCards
import Workers

/// A real lane with virtual cards that leave at each step, and a host that answers, refuses, is away or falls silent. It is
/// recorded, so that the power is cut at each step too: a card that spends and a host that books leave a mark, and from then
/// on a record must come out of it, approval or reversal, once.
enum TornPayments {
    struct Counts: Codable {
        var payments = 0
        var approved = 0
        /// Ended by a record that tells the host to undo what it may have.
        var reversed = 0
        var withoutRecord = 0
        /// Payments in which the card or the host took money.
        var spent = 0
        /// Of them, those that do not end as posted once or reversed once.
        var wrong = 0
        var examples: [String] = []
    }

    enum Host: String, CaseIterable, Sendable {
        case away, approves, refuses
        /// Has booked, and its answer is lost.
        case silent
        /// Never heard the request.
        case lost
    }

    /// How often money was taken, over all payments.
    private static let taken = Atomic(0)

    /// The till's reference of the payment under way.
    private static let reference = Mutex("")

    private static func take() {
        taken.add(1, ordering: .sequentiallyConsistent)
        Recorder.mark("spent \(reference.withLock { $0 })")
    }

    /// Marks what a card spends, when it spends it.
    private final class SpendingCard: VirtualCard {
        let card: VisaPrepaidCard

        init(_ card: VisaPrepaidCard) { self.card = card }

        var answerToReset: [UInt8] { card.answerToReset }
        func reset() { card.reset() }

        func respond(to command: [UInt8]) -> [UInt8] {
            let before = card.state.offlineBalance
            let answer = card.respond(to: command)
            if card.state.offlineBalance != before { TornPayments.take() }
            return answer
        }
    }

    /// A card in the payer's hand: presented again after it was pulled.
    private final class Hand: @unchecked Sendable {
        private let card: FaultyCard
        private let reader: SimulatedReader

        init(_ card: FaultyCard, _ reader: SimulatedReader) {
            self.card = card
            self.reader = reader
        }

        func present() {
            reader.remove()
            card.reset()
            reader.insert(card)
        }
    }

    /// Commands of a tap: 0 directory, 1 application, 2 processing options, 3… records; later ones do not tear.
    private static let steps = 0...7

    static func run(path: String) async throws -> Counts {
        let store = PaymentStore(path: path, terminal: Checker.terminal, seal: Checker.seal)
        let thread = try WorkerThread(name: "store")
        let key = SymmetricKey(size: .bits256)
        // As after the host's first answer.
        let hostTime = UTCInstant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let boot = SystemClock()
        let anchor = boot.anchor(hostTime: hostTime, atBoot: boot.bootMilliseconds)
        let clock = SystemClock(TrustedClock(anchor: anchor, highWater: hostTime))
        let reader = SimulatedReader()
        let state = Mutex(Host.away)
        let pan = "4761739001010010"
        var account = AccountLimit(
            account: "anna", programme: "epassi-card", version: 0, currency: .sek, balance: 10_000_000, status: .active,
            countedThrough: 0, countedDay: nil, purchasesOnCountedDay: 0,
            offlineAllowance: OfflineAllowance(amount: 5_000_000, count: 1_000, perTransaction: 30_000),
            instruments: [Pseudonym(domain: "pan1", identifier: pan, key: key)])
        let connection = HostConnection(
            probe: { state.withLock { $0 != .away } },
            authorise: { request in
                switch state.withLock({ $0 }) {
                case .away, .lost: return .notReached
                case .silent:
                    take()
                    return .silent
                case .refuses:
                    return .answered(
                        AuthorisationAnswer(
                            payment: request.payment, approved: false, rule: "CARD-1", reason: "insufficientFunds",
                            authorisationCode: nil, account: nil, hostTime: request.requestedAt))
                case .approves:
                    take()
                    return .answered(
                        AuthorisationAnswer(
                            payment: request.payment, approved: true, rule: "CARD-21", reason: "approvedOnline",
                            authorisationCode: "A1B2C3", account: nil, hostTime: request.requestedAt))
                }
            }, recordCommitted: {})
        guard let zone = TimeZone(identifier: "Europe/Stockholm") else { throw Stop("no time zones") }
        let lane = Lane(
            Lane.Parts(
                name: "lane 1", store: store, storeThread: thread, programmes: try Programme.shipped(), pseudonymKey: key,
                sealingKey: Curve25519.KeyAgreement.PrivateKey().publicKey,
                caKeys: try CAPublicKeyStore([TestKeys.caPublicKey]), clock: clock, country: 752, timeZone: zone,
                reader: { reader }, host: connection, logger: Logger(label: "crash") { _ in SwiftLogNoOpLogHandler() }))
        /// The host has counted all so far: no limit of a day or of a row is met.
        func page() throws {
            if let last = try store.pending(limit: 1000).last {
                let record = try WireJSON.decode(JournalRecord.self, from: Array(last.body))
                account.countedThrough = max(account.countedThrough, record.accountSequence ?? 0)
            }
            account.version += 1
            try store.apply(
                LimitPage(
                    terminal: Checker.terminal, nonce: UUIDv7(milliseconds: 0, random: []), version: account.version,
                    base: account.version - 1, issuedAt: hostTime, merchant: "M1", enrolledProgrammes: ["epassi-card"],
                    risk: TerminalRiskLimits(exposureCap: 5_000_000, maximumCacheAge: 86_400_000), accounts: [account],
                    merchantCategory: "5812"), anchor: anchor)
            Recorder.mark("paged \(account.version)")
        }

        var counts = Counts()
        var known: Set<UUIDv7> = []
        for host in Host.allCases {
            for step in steps {
                for delivered in [true, false] {
                    try page()
                    state.withLock { $0 = host }
                    guard let number = PrimaryAccountNumber(digits: pan) else { throw Stop("no card number") }
                    let card = SpendingCard(
                        try VisaPrepaidCard(
                            configuration: VisaPrepaidCard.Configuration(
                                pan: number, expiryYear: 2049, expiryMonth: 11, currency: .sek),
                            state: VisaPrepaidCard.CardState(offlineBalance: 200_000)))
                    let fault: FaultyCard.Fault =
                        delivered ? .tear(afterCommands: step) : .tearBeforeDelivery(afterCommands: step)
                    let hand = Hand(FaultyCard(card, faults: [fault]), reader)
                    hand.present()
                    reference.withLock { $0 = "tap-\(counts.payments)" }
                    let before = taken.load(ordering: .sequentiallyConsistent)
                    let receipt = try await lane.pay(
                        PurchaseRequest(amount: Money(minorUnits: 9_500, currency: .sek)), reference: reference.withLock { $0 },
                        timeout: .milliseconds(2_000)
                    ) { notice in
                        if notice.prompt == .presentCardAgain { hand.present() }
                    }
                    reader.remove()
                    let payment = receipt.result.payment
                    guard known.insert(payment).inserted, let stored = try store.payment(payment) else {
                        throw Stop("a payment that is not there")
                    }
                    Recorder.mark("now \(payment) \(stored.state.rawValue)")
                    counts.add(
                        stored, try store.lookUp(payment)?.sequence != nil, receipt.result.decision.approved,
                        spends: taken.load(ordering: .sequentiallyConsistent) - before,
                        "\(host), card leaves at command \(step)\(delivered ? "" : " before it hears it")")
                }
            }
        }
        store.close()
        thread.stop()
        return counts
    }
}

extension TornPayments.Counts {
    fileprivate mutating func add(_ stored: StoredPayment, _ hasRecord: Bool, _ told: Bool, spends: Int, _ what: String) {
        payments += 1
        if stored.state == .approved { approved += 1 }
        if stored.state != .approved, hasRecord { reversed += 1 }
        if !hasRecord { withoutRecord += 1 }
        if spends > 0 { spent += 1 }
        // Approved is what the till was told, and nothing else.
        guard spends <= 1, spends == 0 || hasRecord, told == (stored.state == .approved), !told || spends == 1 else {
            wrong += 1
            examples.append("\(what): \(stored.state.rawValue), told \(told), record \(hasRecord), spends \(spends)")
            return
        }
    }
}
