import Core
import Crypto
import Foundation
import HostLink
import HostProtocol
import Synchronization
import Testing

/// True the first time.
private final class Once: Sendable {
    private let taken = Mutex(false)

    func take() -> Bool {
        taken.withLock { taken in
            defer { taken = true }
            return !taken
        }
    }
}

@Suite("Answers that are signed and still wrong, or right and not signed", .timeLimit(.minutes(5)))
struct ForgedAnswerTests {
    static func health(_ body: [UInt8]) throws -> [UInt8] {
        let request = try WireJSON.decode(HealthRequest.self, from: body)
        return try WireJSON.encode(HealthAnswer(terminal: "T1", nonce: request.nonce, hostTime: Shop.time()))
    }

    static func page(_ body: [UInt8], _ change: (inout LimitPage) -> Void) throws -> [UInt8] {
        let request = try WireJSON.decode(LimitRequest.self, from: body)
        var page = LimitPage(
            terminal: "T1", nonce: request.nonce, version: 5, base: 0, issuedAt: Shop.time(), merchant: "M1",
            enrolledProgrammes: [], risk: TerminalRiskLimits(exposureCap: 0, maximumCacheAge: 0), accounts: [])
        change(&page)
        return try WireJSON.encode(page)
    }

    /// A link whose limit requests get `answer`, its other requests what they deserve.
    private func limitsFailure(
        _ answer: @escaping @Sendable ([UInt8]) throws -> ScriptedHost.Reply
    ) async throws -> (link: LinkFailure?, limits: LinkFailure?, page: LimitPage?) {
        let shop = try await Shop { identity in
            ScriptedHost(key: identity.signingKey) { path, body in
                path == HostPath.limits ? try answer(body) : .signed(try Self.health(body))
            }
        }
        let link = try shop.link()
        var found: (LinkFailure?, LinkFailure?)
        try await running(link) {
            #expect(await eventually {
                let state = link.state
                if case .unreachable(_, let why, _) = state.reach { found.0 = why }
                found.1 = state.limitsFailure
                return found.0 != nil || found.1 != nil
            })
        }
        await shop.close()
        return (found.0, found.1, shop.store.now.page)
    }

    @Test("A signed page for another question is refused by field", arguments: [
        "nonce", "terminal", "type", "base", "version", "risk", "issuedAt", "",
    ])
    func wrongPage(_ field: String) async throws {
        let result = try await limitsFailure { body in
            guard !field.isEmpty else { return .signed(Array("[]".utf8)) }
            let bytes = try Self.page(body) { page in
                switch field {
                // The page of an earlier request, played again.
                case "nonce": page.nonce = Shop.id()
                case "terminal": page.terminal = "T2"
                case "type": page.type = .health
                case "base": page.base = 3
                case "version": page.version = -1
                case "risk": page.risk.exposureCap = -1
                default: page.issuedAt = UTCInstant(milliseconds: -1)
                }
            }
            return .signed(bytes)
        }
        #expect(result.limits == .malformed(field: field))
        #expect(result.link == nil)
        #expect(result.page == nil)
    }

    @Test("A right page that nobody signed is not our host's")
    func unsigned() async throws {
        let result = try await limitsFailure { .unsigned(try Self.page($0) { _ in }) }
        #expect(result.link == .notOurHost(status: 200, .signature))
        #expect(result.page == nil)
    }

    @Test("A page without end is cut off: it spoils the sync, not the link")
    func tooLarge() async throws {
        let result = try await limitsFailure { _ in .signed([UInt8](repeating: 0x20, count: 9 << 20)) }
        #expect(result.limits == .notOurHost(status: 200, .size))
        #expect(result.link == nil)
        #expect(result.page == nil)
    }

    @Test("A batch answer speaks only of what was sent, over the bytes that were sent")
    func results() async throws {
        let first = Once()
        let shop = try await Shop { identity in
            ScriptedHost(key: identity.signingKey) { path, body in
                switch path {
                case HostPath.health: return .signed(try Self.health(body))
                case HostPath.limits: return .signed(try Self.page(body) { _ in })
                default:
                    guard first.take() else {
                        return .signed(
                            try WireJSON.encode(BatchAnswer(terminal: "T1", results: [], hostTime: Shop.time())))
                    }
                    let batch = try WireJSON.decode(RecordBatch.self, from: body)
                    let hash = { (record: ForwardedRecord) in Data(JournalChain.bodyHash(Array(record.body))) }
                    let results = [
                        RecordResult(id: batch.records[0].id, bodyHash: hash(batch.records[0]), outcome: .applied),
                        RecordResult(id: batch.records[0].id, bodyHash: hash(batch.records[0]), outcome: .rejected),
                        RecordResult(id: batch.records[1].id, bodyHash: Data(repeating: 0, count: 32), outcome: .applied),
                        RecordResult(id: Shop.id(), bodyHash: hash(batch.records[1]), outcome: .applied),
                    ]
                    return .signed(
                        try WireJSON.encode(BatchAnswer(terminal: "T1", results: results, hostTime: Shop.time())))
                }
            }
        }
        try shop.commit(3)
        let ids = shop.store.now.queue.map(\.id)
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { shop.store.now.queue.count == 2 })
            #expect(shop.store.now.quarantined.isEmpty)
            #expect(!shop.store.now.queue.map(\.id).contains(ids[0]))
        }
        await shop.close()
    }
}
