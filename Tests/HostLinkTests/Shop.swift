import Core
import Crypto
import Foundation
import HostLedger
import HostLink
import HostProtocol
import Hummingbird
import Logging
import Payments
import Programmes
import SmartCard
import Synchronization
import Web

/// A host over real TLS on a free port, and everything a terminal needs to reach it.
final class Shop: Sendable {
    let identity: HostIdentity
    let ledger: SQLiteLedger
    let ledgerPath: String
    let faults = HostFaults()
    /// What the host takes at once.
    let pace: PaceKeeper
    let store = MemoryStore()
    let terminalKey = Curve25519.Signing.PrivateKey()
    let port: Int
    private let server: Task<Void, any Error>

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// - Parameter responder: another host in its place, which may use the identity given.
    init(_ responder: ((HostIdentity) -> any HTTPResponder<HostResponder.Context>)? = nil) async throws {
        let identity = try HostIdentity.make(names: [], now: Date())
        ledgerPath = FileManager.default.temporaryDirectory.appendingPathComponent("shop-\(UUID().uuidString).sqlite").path
        ledger = try SQLiteLedger(
            path: ledgerPath, programmes: try Programme.shipped(), evidenceKey: identity.sealingKey,
            pseudonymKey: identity.pseudonymKey)
        try await ledger.setTerminal(
            "T1", merchant: "M1", signingKey: terminalKey.publicKey, programmes: ["epassi-card"],
            risk: TerminalRiskLimits(exposureCap: 500_000, maximumCacheAge: 86_400_000), merchantCategory: "5812",
            now: Self.time())
        let instrument = Pseudonym(domain: "pan1", identifier: Self.pan, key: identity.pseudonymKey)
        try await ledger.addAccount(
            "A1", programme: "epassi-card", balance: Money(minorUnits: 100_000, currency: .sek), instruments: [instrument],
            now: Self.time())
        try await ledger.setAllowance(
            OfflineAllowance(amount: 50_000, count: 300, perTransaction: 30_000), account: "A1", terminal: "T1")
        self.identity = identity
        let service = HostService(
            ledger: ledger, signingKey: identity.signingKey, clock: { Self.time() }, logger: Self.quiet,
            tagKeys: TagKeyDesk(ring: ledger.tagKeys, ledger: ledger, programmes: try Programme.shipped()))
        pace = service.pace
        let real = HostResponder(service, faults: faults)
        (server, port) = try await Self.serve(
            AnyResponder(responder?(identity) ?? real), certificate: identity.certificatePEM, key: identity.tlsKeyPEM)
    }

    deinit {
        server.cancel()
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: ledgerPath + suffix) }
    }

    func close() async {
        server.cancel()
        _ = await server.result
    }

    static let pan = "4761739001010119"

    static func time() -> UTCInstant { UTCInstant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    private static func serve(
        _ responder: AnyResponder, certificate: String, key: String
    ) async throws -> (Task<Void, any Error>, Int) {
        let web = try WebServer(
            WebConfiguration(host: "127.0.0.1", port: 0, tls: WebTLS(certificatePEM: certificate, keyPEM: key)),
            responder: responder, logger: quiet)
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let task = Task { try await web.run { announce.yield($0) } }
        for await port in ports { return (task, port) }
        throw CancellationError()
    }

    func link(
        pinned: String? = nil, port: Int? = nil, terminal: String = "T1", key: Curve25519.Signing.PrivateKey? = nil,
        probe: Duration = .seconds(5), hold: Int64 = 0, interval: Int64 = 500
    ) throws -> HostLink {
        try HostLink(
            configuration: HostLinkConfiguration(
                baseURL: "https://127.0.0.1:\(port ?? self.port)", pinnedCertificatePEM: pinned ?? identity.certificatePEM,
                hostSigningKey: identity.signingKey.publicKey, terminal: terminal, terminalKey: key ?? terminalKey,
                timeouts: .init(connect: .seconds(2), probe: probe, limits: probe, records: probe),
                pace: OutboxMachine.Settings(backoff: .init(base: 20, cap: 200), keepAlive: 200, limitsInterval: interval),
                hold: hold),
            outbox: store, limits: store, bootClock: { BootClock.milliseconds },
            logger: Self.quiet)
    }

    var instrument: Pseudonym { Pseudonym(domain: "pan1", identifier: Self.pan, key: identity.pseudonymKey) }

    private func evidence(_ payment: UUIDv7, amount: Int64) throws -> String {
        let digits = String(amount)
        let record = [
            TLV(0x9F02, Hex.decode(String(repeating: "0", count: 12 - digits.count) + digits) ?? []),
            TLV(0x5F2A, [0x07, 0x52]), TLV(0x57, Hex.decode(Self.pan + "D28122010F") ?? []), TLV(0x5F24, [0x28, 0x12, 0x31]),
        ].flatMap(\.encoded)
        return try SealedEvidence.Prepared(recipient: identity.sealingKey.publicKey).seal(record, payment: payment)
    }

    func request(_ amount: Int64) throws -> AuthorisationRequest {
        let payment = Self.id()
        return AuthorisationRequest(
            payment: payment, programme: "epassi-card", instrument: instrument,
            amount: Money(minorUnits: amount, currency: .sek), requestedAt: Self.time(),
            sealedEvidence: try evidence(payment, amount: amount))
    }

    private struct Journal {
        var sequence: Int64 = 0
        var chain = JournalChain.genesis
        var numbers: [String: Int64] = [:]
    }

    private let journal = Mutex(Journal())

    /// Puts `count` offline approvals of 1.00 SEK into the outbox: of A1, of `accounts` others B0, B1, … in turn, or of the
    /// one named.
    func commit(_ count: Int, accounts: Int = 1, account: String? = nil) throws {
        try journal.withLock { try commit(count, accounts, account, &$0) }
    }

    private func commit(_ count: Int, _ accounts: Int, _ account: String?, _ journal: inout Journal) throws {
        for index in 0..<count {
            let payment = Self.id()
            let account = account ?? (accounts > 1 ? "B\(index % accounts)" : "A1")
            journal.sequence += 1
            journal.numbers[account, default: 0] += 1
            let number = journal.sequence
            let record = JournalRecord(
                id: Self.id(), kind: .offlineApproval, terminal: "T1", sequence: number, payment: payment, reference: nil,
                merchant: "M1", programme: "epassi-card", account: account, accountSequence: journal.numbers[account],
                instrument: instrument,
                amount: Money(minorUnits: 100, currency: .sek), approved: Money(minorUnits: 100, currency: .sek),
                rule: "ALL-7", reason: "approvedOffline", authorisationCode: nil, decidedAt: Self.time(),
                sealedEvidence: account == "A1" ? try evidence(payment, amount: 100) : nil)
            let body = try WireJSON.encode(record)
            journal.chain = JournalChain.link(
                previous: journal.chain, sequence: number, id: record.id, bodyHash: JournalChain.bodyHash(body))
            let forwarded = ForwardedRecord(
                id: record.id, sequence: number, chain: Data(journal.chain), body: Data(body))
            store.state.withLock { $0.queue.append(forwarded) }
        }
    }

    static func id() -> UUIDv7 {
        UUIDv7(milliseconds: time().milliseconds, random: (0..<10).map { _ in UInt8.random(in: .min ... .max) })
    }

    func report() throws -> LedgerReport { try LedgerReport(path: ledgerPath) }
}

/// Any responder over the host's context.
struct AnyResponder: HTTPResponder {
    typealias Context = HostResponder.Context
    let inner: any HTTPResponder<HostResponder.Context>

    init(_ inner: any HTTPResponder<HostResponder.Context>) { self.inner = inner }

    func respond(to request: Request, context: Context) async throws -> Response {
        try await inner.respond(to: request, context: context)
    }
}

/// Waits until `holds`, at most ten seconds.
func eventually(_ holds: () -> Bool) async -> Bool {
    for _ in 0..<3000 {
        if holds() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return holds()
}

/// Runs the link beside `body`, then stops it.
func running(_ link: HostLink, _ body: () async throws -> Void) async throws {
    let task = Task { try await link.run() }
    defer { task.cancel() }
    try await body()
}
