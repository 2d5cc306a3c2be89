import Core
import Crypto
import EMV
import Foundation
import HostProtocol
import Logging
import Payments
import Programmes
import SmartCard
import Store
import Synchronization
import Testing
import VirtualCards
import Workers

@testable import Terminal

/// A whole lane in one process: simulated reader, scripted host, real rules, real store in a folder of its own.
final class LaneScene: Sendable {
    static let pan = "4761739001010010"
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    let folder: URL
    let store: PaymentStore
    let reader = SimulatedReader()
    let host = ScriptedHost()
    let clock = SystemClock()
    let hostKey = Curve25519.KeyAgreement.PrivateKey()
    let pseudonymKey = SymmetricKey(size: .bits256)
    let prompts = Mutex<[CardPrompt]>([])
    let notices = Mutex<[UserInterfaceRequest]>([])
    /// How long the lane let time pass, for nothing.
    let pauses = Pauses()
    let lane: Lane
    let thread: WorkerThread

    /// - Parameters:
    ///   - hasReader: false for a lane whose reader is not there.
    ///   - synced: whether the host's page has come.
    ///   - around: puts another reader around the simulated one.
    init(
        hasReader: Bool = true, synced: Bool = true, missingFolder: Bool = false, limits: ReaderConfiguration = ReaderConfiguration(),
        around: (SimulatedReader) -> any CardReader = { $0 }, pause: (@Sendable (Duration) async -> Void)? = nil
    ) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "kassad-lane-\(UUID().uuidString)")
        if !missingFolder { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
        store = PaymentStore(path: folder.appending(path: "kassad.sqlite").path, terminal: "T1")
        thread = try WorkerThread(name: "store")
        let used = around(reader)
        let zone = try #require(TimeZone(identifier: "Europe/Stockholm"))
        var parts = Lane.Parts(
            name: "lane 1", store: store, storeThread: thread, programmes: try Programme.shipped(),
            pseudonymKey: pseudonymKey, sealingKey: hostKey.publicKey,
            caKeys: try CAPublicKeyStore([TestKeys.caPublicKey]), clock: clock, country: 752, timeZone: zone,
            reader: { hasReader ? used : nil }, host: host.connection, logger: Self.quiet)
        parts.limits = limits
        parts.pause = pause ?? { [pauses] in pauses.note($0) }
        lane = Lane(parts)
        if synced { try sync() }
    }

    deinit {
        store.close()
        thread.stop()
        thread.join(milliseconds: 2_000)
        try? FileManager.default.removeItem(at: folder)
    }

    func sek(_ minorUnits: Int64) -> Money { Money(minorUnits: minorUnits, currency: .sek) }

    var instrument: Pseudonym { Pseudonym(domain: "pan1", identifier: Self.pan, key: pseudonymKey) }

    func account(
        balance: Int64 = 100_000, version: Int64 = 1, status: AccountStatus = .active,
        allowance: OfflineAllowance? = OfflineAllowance(amount: 50_000, count: 5, perTransaction: 30_000)
    ) -> AccountLimit {
        AccountLimit(
            account: "anna", programme: "epassi-card", version: version, currency: .sek, balance: balance, status: status,
            countedThrough: 0, countedDay: nil, purchasesOnCountedDay: 0, offlineAllowance: allowance,
            instruments: [instrument])
    }

    /// The host's page arrives: one account unless others are given.
    func sync(_ accounts: [AccountLimit]? = nil, stops: [StopEntry] = []) throws {
        let hostTime = UTCInstant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let page = LimitPage(
            terminal: "T1", nonce: Fresh.id(at: hostTime), version: 1, base: 0, issuedAt: hostTime, merchant: "Lunch & Co",
            enrolledProgrammes: ["epassi-card"],
            risk: TerminalRiskLimits(exposureCap: 500_000, maximumCacheAge: 86_400_000), accounts: accounts ?? [account()],
            stops: StopChanges(added: stops), merchantCategory: "5812")
        let anchor = clock.anchor(hostTime: hostTime, atBoot: clock.bootMilliseconds)
        try store.apply(page, anchor: anchor)
        _ = clock.observe(anchor)
    }

    /// Pays with whatever is in the field; `again` runs when the card is asked for once more.
    @discardableResult
    func pay(
        _ amount: Int64 = 9_500, reference: String? = nil, timeout: Duration = .seconds(10),
        again: @escaping @Sendable () -> Void = {}
    ) async throws -> Lane.Receipt {
        try await pay(PurchaseRequest(amount: sek(amount)), reference: reference, timeout: timeout, again: again)
    }

    @discardableResult
    func pay(
        _ request: PurchaseRequest, reference: String? = nil, timeout: Duration = .seconds(10),
        again: @escaping @Sendable () -> Void = {}
    ) async throws -> Lane.Receipt {
        try await lane.pay(request, reference: reference, timeout: timeout) { notice in
            self.notices.withLock { $0.append(notice.request) }
            guard let prompt = notice.prompt else { return }
            self.prompts.withLock { $0.append(prompt) }
            if prompt == .presentCardAgain { again() }
        }
    }

    /// A card comes, pays, and goes.
    func tap(_ card: any VirtualCard, _ request: PurchaseRequest) async throws -> PaymentResult {
        reader.insert(card)
        defer { reader.remove() }
        return try await pay(request).result
    }

    var amender: Amender { get throws { Amender(store: store, programmes: try Programme.shipped(), clock: clock) } }

    /// A card comes, pays, and goes.
    func tap(_ card: any VirtualCard, _ amount: Int64 = 9_500) async throws -> Decision {
        reader.insert(card)
        defer { reader.remove() }
        return try await pay(amount).result.decision
    }

    /// Everything in the outbox, oldest first.
    func records() throws -> [JournalRecord] {
        try store.pending(limit: 100).map { try WireJSON.decode(JournalRecord.self, from: Array($0.body)) }
    }

    func available() throws -> Money? { try store.account(instrument: instrument, today: nil)?.available() }

    /// Tags that the host finds in a record's sealed evidence.
    func evidence(_ record: JournalRecord) throws -> [SmartCard.Tag] {
        let text = try #require(record.sealedEvidence)
        return try TLV.list(SealedEvidence.open(text, payment: record.payment, key: hostKey)).map(\.tag)
    }
}

/// Pauses that were asked for.
final class Pauses: Sendable {
    private let noted = Mutex<[Duration]>([])
    func note(_ time: Duration) { noted.withLock { $0.append(time) } }
    func withLock<Result>(_ body: ([Duration]) -> Result) -> Result { noted.withLock { body($0) } }
}

extension VisaPrepaidCard {
    static func make(
        pan: String = LaneScene.pan, balance: Int64 = 200_000, _ change: (inout Configuration) -> Void = { _ in }
    ) throws -> VisaPrepaidCard {
        guard let number = PrimaryAccountNumber(digits: pan) else { throw Failure.personalisation }
        var configuration = Configuration(pan: number, expiryYear: 2049, expiryMonth: 11, currency: .sek)
        change(&configuration)
        return try VisaPrepaidCard(configuration: configuration, state: CardState(offlineBalance: balance))
    }
}
