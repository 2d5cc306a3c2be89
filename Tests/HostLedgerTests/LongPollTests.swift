import Core
import Crypto
import Foundation
import HostProtocol
import Testing

@testable import HostLedger

@Suite("Long poll", .timeLimit(.minutes(5)))
struct LongPollTests {
    /// A service with one terminal whose key is known.
    private struct Host {
        let books: Books
        let service: HostService
        let key = Curve25519.Signing.PrivateKey()

        init() async throws {
            books = try await Books()
            service = HostService(ledger: books.ledger, signingKey: Curve25519.Signing.PrivateKey(), clock: { Books.noon })
            try await books.ledger.setTerminal(
                "T5", merchant: "M1", signingKey: key.publicKey, programmes: ["epassi-card"],
                risk: TerminalRiskLimits(exposureCap: 1, maximumCacheAge: 1), now: Books.noon)
        }

        func ask(since: Int64, hold: Int64? = 30_000) async throws -> LimitPage {
            let body = try WireJSON.encode(LimitRequest(since: since, nonce: Books.id(), hold: hold))
            let reply = try await service.answer(
                path: HostPath.limits, terminal: "T5",
                signature: try HostSignature.signRequest(method: "POST", path: HostPath.limits, body: body, key: key), body: body)
            return try WireJSON.decode(LimitPage.self, from: reply.body)
        }

        func version() async throws -> Int64 { try await ask(since: 0, hold: nil).version }

        /// Until so many requests are held.
        func held(_ count: Int) async throws {
            while books.ledger.watch.count != count { try await Task.sleep(for: .milliseconds(2)) }
        }
    }

    @Test("WAL-6, CARD-8: a terminal that waits hears of a change as it is committed; others are answered meanwhile")
    func news() async throws {
        let host = try await Host()
        let version = try await host.version()
        let waiting = Task { try await host.ask(since: version) }
        try await host.held(1)
        #expect(try await host.books.authorise(try Books.request(100)).approved)
        let page = try await waiting.value
        #expect(page.base == version)
        #expect(page.accounts.map(\.balance) == [99_900])
        #expect(host.books.ledger.watch.count == 0)
    }

    @Test("A change by another process is seen")
    func otherProcess() async throws {
        let host = try await Host()
        let version = try await host.version()
        let waiting = Task { try await host.ask(since: version) }
        try await host.held(1)
        let other = try SQLiteLedger(
            path: host.books.path, programmes: Array(host.books.ledger.programmes.values), evidenceKey: Books.sealing,
            pseudonymKey: Books.pseudonymKey)
        try await other.setStatus(.blocked, account: "A1")
        #expect(try await waiting.value.accounts.map(\.status) == [.blocked])
    }

    @Test("What the terminal may not see wakes no one; the page that comes then builds on what was asked for")
    func unseen() async throws {
        let host = try await Host()
        let version = try await host.version()
        let waiting = Task { try await host.ask(since: version) }
        try await host.held(1)
        let generation = host.books.ledger.watch.generation
        try await host.books.ledger.addAccount(
            NewAccount(
                id: "W", programme: "epassi-wallet", currency: .eur, purses: [PurseBalance(purse: "own", balance: 1)]),
            now: Books.noon)
        #expect(host.books.ledger.watch.generation > generation)
        try await host.held(1)
        try await host.books.ledger.setRate(ExchangeRate(from: .eur, to: .sek, rate: "11.20"))
        let page = try await waiting.value
        #expect(page.base == version)
        #expect(page.accounts == [])
        #expect(page.rates.map(\.rate) == ["11.20"])
        #expect(page.version == (try await host.version()))
    }

    @Test("Only a terminal's newest request is held; an older one is answered at once")
    func newest() async throws {
        let host = try await Host()
        let version = try await host.version()
        let older = Task { try await host.ask(since: version) }
        try await host.held(1)
        let newer = Task { try await host.ask(since: version) }
        #expect(try await older.value.accounts == [])
        try await host.held(1)
        try await host.books.ledger.setStatus(.blocked, account: "A1")
        #expect(try await newer.value.accounts.count == 1)
    }

    @Test("A request whose client has gone is not held, nor any while the server shuts down")
    func ends() async throws {
        let host = try await Host()
        let version = try await host.version()
        let gone = Task { try await host.ask(since: version) }
        try await host.held(1)
        gone.cancel()
        try await host.held(0)
        _ = await gone.result
        let last = Task { try await host.ask(since: version) }
        try await host.held(1)
        host.service.endHolds()
        #expect(try await last.value.version == version)
        #expect(try await host.ask(since: version).accounts == [])
    }

    @Test("Without a wish to wait, or when its time is over, an empty page comes; news are never waited for", arguments: [
        nil, 0, -5, 20,
    ] as [Int64?])
    func bounded(_ hold: Int64?) async throws {
        let host = try await Host()
        let version = try await host.version()
        let page = try await host.ask(since: version, hold: hold)
        #expect((page.base, page.version) == (version, version))
        #expect(try await host.ask(since: 0).accounts.count == 1)
        #expect(host.books.ledger.watch.count == 0)
    }
}
