import Core
import Crypto
import Foundation
import HostLink
import HostProtocol
import Programmes
import Synchronization
import Testing

@testable import HostLedger
@testable import Terminal

/// A terminal's keeper before a real desk and a real gate, without a network: the door is asked as TLS would ask it.
private final class Counter: Sendable {
    struct State: Sendable {
        var now = UTCInstant(milliseconds: 1_795_258_800_000)
        var isAway = false
        /// Answers are lost once the desk has done what it was asked to.
        var losesAnswers = false
        var trust: HostTrust
        var adopted: [(pins: String, identity: ClientIdentity)] = []
        var asked = 0
    }

    static let day: Int64 = 86_400_000

    let state: Mutex<State>
    let folder: URL
    let authority: CertificateAuthority
    let book: CertificateBook
    let ledger: SQLiteLedger
    let deviceKey = Curve25519.Signing.PrivateKey()
    let host: HostIdentity

    var now: State { state.withLock { $0 } }

    init() async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "keeper-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let start = Date(timeIntervalSince1970: 1_795_258_800)
        host = try HostIdentity.make(names: [], now: start)
        authority = try CertificateAuthority.make(now: start)
        book = try CertificateBook(path: folder.appending(path: "certificates.sqlite").path)
        ledger = try SQLiteLedger(
            path: folder.appending(path: "ledger.sqlite").path, programmes: try Programme.shipped(),
            evidenceKey: host.sealingKey, pseudonymKey: host.pseudonymKey)
        state = Mutex(State(trust: host.trust))
        try await ledger.setTerminal(
            "T1", merchant: "M1", signingKey: deviceKey.publicKey, programmes: [],
            risk: TerminalRiskLimits(exposureCap: 0, maximumCacheAge: 0), now: now.now)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func pass(days: Int64) { state.withLock { $0.now = $0.now.advanced(byMilliseconds: days * Self.day) } }

    /// As after a start of the daemon.
    func keeper(directory: String? = nil) -> CertificateKeeper {
        CertificateKeeper(
            files: CertificateFiles(
                stateDirectory: directory ?? folder.path, terminal: "T1", bundled: host.trust, signingKey: host.signingKey.publicKey),
            bundled: host.trust, deviceKey: deviceKey,
            ports: CertificateKeeper.Ports(
                ask: { await self.ask($0, $1, $2) }, adopt: { pins, identity in self.state.withLock { $0.adopted.append((pins, identity)) } },
                now: { self.now.now }, nonce: { UUIDv7(milliseconds: self.now.now.milliseconds, random: []) }))
    }

    private func ask(
        _ request: CertificateRequest, _ pins: String, _ identity: ClientIdentity
    ) async -> Result<CertificateAnswer, LinkFailure> {
        let state = state.withLock { state in
            state.asked += 1
            return state
        }
        guard !state.isAway else { return .failure(.unreachable("connectionRefused")) }
        // The host serves the first of its certificates: a terminal without its pin does not get through.
        guard HostTrust.certificates(inPEM: pins).contains(state.trust.certificates[0]) else { return .failure(.tls) }
        let desk = CertificateDesk(authority: authority, book: book, ledger: ledger, trust: state.trust)
        let der = HostTrust.certificates(inPEM: identity.certificatePEM).first.flatMap { pem in
            Data(base64Encoded: pem.split(separator: "\n").dropFirst().dropLast().joined())
        }
        do {
            _ = try await desk.gate.guest([Array(der ?? Data())], now: state.now)
        } catch {
            return .failure(.tls)
        }
        guard let answer = try? await desk.answer(request, terminal: "T1", now: state.now) else {
            return .failure(.refused(reason: "malformed"))
        }
        return state.losesAnswers ? .failure(.timeout) : .success(answer)
    }

    /// Certificates that count, newest first.
    func counting() async throws -> [CertificateBook.Entry] {
        try await book.entries(now: now.now).filter { $0.revokedAt == nil }
    }
}

@Suite("A terminal's certificates")
struct CertificateKeeperTests {
    private let day: Int64 = 86_400_000

    @Test("First visit: the device key lets the terminal in, the host's certificate is proven, kept and used")
    func first() async throws {
        let desk = try await Counter()
        let keeper = desk.keeper()
        #expect(keeper.ownExpiry == nil)
        #expect(await keeper.turn() == .settled)
        #expect(try await desk.counting().count == 1)
        let used = try #require(desk.now.adopted.last)
        #expect(CertificateMaker.held(used.identity, terminal: "T1")?.isEnrolment == false)
        #expect(keeper.ownExpiry == desk.now.now.advanced(byMilliseconds: 120 * day))
        let file = desk.path(CertificateFiles.currentFile)
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int == 0o600)
        #expect(!FileManager.default.fileExists(atPath: desk.path(CertificateFiles.nextFile)))
        // The next start lives by it, asks once, and changes nothing.
        let again = desk.keeper()
        #expect(try again.start() == used.identity)
        let asked = desk.now.asked
        #expect(await again.turn() == .settled)
        #expect(desk.now.asked == asked + 1)
        #expect(try await desk.counting().count == 1)
    }

    @Test("Renewed when less than a third of its life is left, and not before; the old one still counts")
    func renewal() async throws {
        let desk = try await Counter()
        let keeper = desk.keeper()
        #expect(await keeper.turn() == .settled)
        let first = try #require(desk.now.adopted.last?.identity)
        desk.pass(days: 79)
        #expect(await keeper.turn() == .settled)
        #expect(desk.now.adopted.last?.identity == first)
        desk.pass(days: 2)
        #expect(await keeper.turn() == .settled)
        let second = try #require(desk.now.adopted.last?.identity)
        #expect(second != first && second.keyPEM != first.keyPEM)
        #expect(try await desk.counting().count == 2)
        #expect(keeper.ownExpiry == desk.now.now.advanced(byMilliseconds: 120 * day))
    }

    @Test("An answer that is lost leaves the old certificate in use; the next turn makes up for it")
    func lostAnswer() async throws {
        let desk = try await Counter()
        let keeper = desk.keeper()
        #expect(await keeper.turn() == .settled)
        let first = try #require(desk.now.adopted.last?.identity)
        desk.pass(days: 90)
        desk.state.withLock { $0.losesAnswers = true }
        #expect(await keeper.turn() == .unreachable(.timeout))
        #expect(try desk.keeper().start() == first)
        desk.state.withLock { $0.losesAnswers = false }
        #expect(await keeper.turn() == .settled)
        #expect(desk.now.adopted.last?.identity != first)
    }

    @Test("A new certificate that was kept and not yet proven is tried first after a restart; one that is no good is dropped")
    func unproven() async throws {
        let desk = try await Counter()
        #expect(await desk.keeper().turn() == .settled)
        let first = try Data(contentsOf: URL(fileURLWithPath: desk.path(CertificateFiles.currentFile)))
        // As a power cut leaves it: kept, not used.
        let request = try CertificateMaker.request(terminal: "T1")
        let bytes = Array(try #require(Data(base64Encoded: request.text)))
        let issued = try desk.authority.issue(request: bytes, terminal: "T1", now: desk.now.now, days: 120)
        let fresh = try #require(CertificateMaker.issued(issued.pem, for: request, terminal: "T1"))
        let files = CertificateFiles(
            stateDirectory: desk.folder.path, terminal: "T1", bundled: desk.host.trust, signingKey: desk.host.signingKey.publicKey)
        #expect(files.save(next: fresh))
        // The host does not know it: the one before goes on.
        #expect(await desk.keeper().turn() == .settled)
        #expect(try Data(contentsOf: URL(fileURLWithPath: desk.path(CertificateFiles.currentFile))) == first)
        try await desk.book.add(issued, now: desk.now.now)
        #expect(await desk.keeper().turn() == .settled)
        #expect(files.current?.identity == fresh.identity && files.next == nil)
    }

    @Test("Expired, lost or spoilt: the device key lets the terminal in again", arguments: ["expired", "lost", "spoilt", "anothers"])
    func again(_ what: String) async throws {
        let desk = try await Counter()
        #expect(await desk.keeper().turn() == .settled)
        let file = desk.path(CertificateFiles.currentFile)
        switch what {
        case "expired": desk.pass(days: 200)
        case "lost": try FileManager.default.removeItem(atPath: file)
        case "spoilt": try "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".write(toFile: file, atomically: true, encoding: .utf8)
        default: try CertificateMaker.enrolment(terminal: "T9", deviceKey: desk.deviceKey, now: desk.now.now).identity.certificatePEM.write(toFile: file, atomically: true, encoding: .utf8)
        }
        let keeper = desk.keeper()
        #expect(await keeper.turn() == .settled)
        #expect(keeper.ownExpiry == desk.now.now.advanced(byMilliseconds: 120 * day))
    }

    @Test("A revoked terminal is given nothing until it is admitted; a stranger's device key never is")
    func revoked() async throws {
        let desk = try await Counter()
        let keeper = desk.keeper()
        #expect(await keeper.turn() == .settled)
        try await desk.book.revoke("T1", bar: true, now: desk.now.now)
        #expect(await keeper.turn() == .refused(.tls))
        #expect(try await desk.counting().isEmpty)
        try await desk.book.admit("T1")
        #expect(await keeper.turn() == .settled)
        try await desk.ledger.setTerminal(
            "T1", merchant: "M1", signingKey: Curve25519.Signing.PrivateKey().publicKey, programmes: [],
            risk: TerminalRiskLimits(exposureCap: 0, maximumCacheAge: 0), now: desk.now.now)
        try await desk.book.revoke("T1", bar: false, now: desk.now.now)
        #expect(await keeper.turn() == .refused(.tls))
    }

    @Test("A host that is away, or a disk that takes nothing, changes nothing that is in use")
    func away() async throws {
        let desk = try await Counter()
        let keeper = desk.keeper()
        #expect(await keeper.turn() == .settled)
        let used = desk.now.adopted.count
        desk.state.withLock { $0.isAway = true }
        desk.pass(days: 100)
        #expect(await keeper.turn() == .unreachable(.unreachable("connectionRefused")))
        #expect(desk.now.adopted.count == used)
        desk.state.withLock { $0.isAway = false }
        #expect(await desk.keeper(directory: desk.path("nowhere")).turn() == .notKept)
        #expect(desk.now.adopted.count == used)
    }

    @Test("Rotation: the next pin is known before the host serves it, the old one dropped after; a restart remembers")
    func rotation() async throws {
        let desk = try await Counter()
        let keeper = desk.keeper()
        #expect(await keeper.turn() == .settled)
        let old = desk.host.trust
        let next = try desk.host.successor(now: desk.now.now.date, days: 365).certificatePEM
        let both = HostTrust(certificates: [desk.host.certificatePEM, next], sealingKey: desk.host.sealingKey.publicKey)
        #expect(try await desk.book.unaware(of: both.id, now: desk.now.now) == ["T1"])
        desk.state.withLock { $0.trust = both }
        #expect(await keeper.turn() == .settled)
        #expect(keeper.trust == both && desk.now.adopted.last?.pins.contains(both.certificates[1]) == true)
        // The terminal has said so: the host may switch.
        #expect(try await desk.book.unaware(of: both.id, now: desk.now.now) == [])
        #expect(desk.keeper().trust == both)
        let after = HostTrust(certificates: [next], sealingKey: desk.host.sealingKey.publicKey)
        desk.state.withLock { $0.trust = after }
        let restarted = desk.keeper()
        #expect(await restarted.turn() == .settled)
        #expect(restarted.trust == after && desk.now.adopted.last?.pins.contains(old.certificates[0]) == false)
        // A host that never told of its next certificate is a stranger.
        let sudden = try desk.host.successor(now: desk.now.now.date, days: 365).certificatePEM
        desk.state.withLock { $0.trust = HostTrust(certificates: [sudden], sealingKey: desk.host.sealingKey.publicKey) }
        #expect(await restarted.turn() == .refused(.tls))
        #expect(restarted.trust == after)
    }

    @Test("The host's new sealing key comes the same way; another trust bundle makes what was heard before count no more")
    func sealingKey() async throws {
        let desk = try await Counter()
        let keeper = desk.keeper()
        let fresh = Curve25519.KeyAgreement.PrivateKey().publicKey
        desk.state.withLock { $0.trust = HostTrust(certificates: [desk.host.certificatePEM], sealingKey: fresh) }
        #expect(await keeper.turn() == .settled)
        #expect(keeper.trust.sealingPublicKey?.rawRepresentation == fresh.rawRepresentation)
        let other = CertificateFiles(
            stateDirectory: desk.folder.path, terminal: "T1", bundled: desk.host.trust,
            signingKey: Curve25519.Signing.PrivateKey().publicKey)
        #expect(other.trust == nil)
    }

    @Test("Alarms at 30, 14 and 3 days and when it has expired, for either certificate; none before", arguments: [
        (31, nil, ""), (30, "warning", "within 30 days"), (15, "warning", "within 30 days"), (14, "warning", "within 14 days"),
        (4, "warning", "within 14 days"), (3, "error", "within 3 days"), (1, "error", "within 3 days"), (0, "error", "has expired"),
        (-5, "error", "has expired"),
    ] as [(Int64, String?, String)])
    func alarms(_ days: Int64, _ severity: String?, _ words: String) {
        let now = UTCInstant(milliseconds: 1_795_258_800_000), far = now.advanced(byMilliseconds: 3650 * day)
        let end = now.advanced(byMilliseconds: days * day)
        let own = CertificateAlarms.findings(own: end, host: [far], outcome: .settled, now: now)
        let host = CertificateAlarms.findings(own: far, host: [end], outcome: .settled, now: now)
        #expect(own.count == (severity == nil ? 0 : 1) && host.count == own.count)
        for (found, name) in zip([own.first, host.first], ["this terminal's certificate", "the host's certificate"]) {
            guard let found else { continue }
            #expect(found.severity == severity && found.what.hasPrefix(name) && found.what.contains(words))
            #expect(!found.remedy.isEmpty)
        }
        // While the host is known by its next certificate too, the old one's end hurts nobody.
        #expect(CertificateAlarms.findings(own: far, host: [end, far], outcome: .settled, now: now).isEmpty)
    }
}
