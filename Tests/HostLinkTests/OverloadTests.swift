import Core
import Crypto
import Foundation
import HostLedger
import HostLink
import HostProtocol
import Payments
import Testing

/// The host under more than it takes, before `curl` and before the terminal's own link.
@Suite("A host that has too much to do says when to come again", .serialized, .timeLimit(.minutes(5)))
struct OverloadTests {
    private struct Answer {
        var status: Int
        var retryAfter: Int?
        var signature: String?
        var body: [UInt8]
    }

    /// Sends the same signed request `times` times, one after the other, over one connection.
    private func curl(
        _ shop: Shop, _ path: String, _ value: some Encodable, times: Int = 1, key: Curve25519.Signing.PrivateKey? = nil
    ) async throws -> [Answer] {
        let tools = try OpenSSL()
        defer { tools.remove() }
        let body = try WireJSON.encode(value)
        try tools.write(shop.identity.certificatePEM, "host.pem")
        try tools.write(String(decoding: body, as: UTF8.self), "body.json")
        let signature = try HostSignature.signRequest(method: "POST", path: path, body: body, key: key ?? shop.terminalKey)
        let url = "https://127.0.0.1:\(shop.port)\(path)"
        let text = try await tools.run(
            "/usr/bin/curl",
            ["-s", "-i", "--cacert", tools.path("host.pem"), "-H", "\(HostHeader.terminal): T1", "-H",
                "\(HostHeader.signature): \(signature)", "-H", "Content-Type: application/json", "--data-binary", "@body.json"]
                + Array(repeating: url, count: times))
        return text.components(separatedBy: "HTTP/1.1 ").dropFirst().map { part in
            let (head, body) = part.range(of: "\r\n\r\n").map { (part[..<$0.lowerBound], part[$0.upperBound...]) } ?? (part[...], "")
            var fields: [String: String] = [:]
            for line in head.components(separatedBy: "\r\n").dropFirst() {
                guard let colon = line.firstIndex(of: ":") else { continue }
                fields[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            }
            return Answer(
                status: Int(head.prefix(3)) ?? 0, retryAfter: fields["retry-after"].flatMap { Int($0) },
                signature: fields[HostHeader.signature.lowercased()], body: Array(body.utf8))
        }
    }

    private func check(_ shop: Shop, _ answer: Answer, status: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(answer.status == status, sourceLocation: sourceLocation)
        let seconds = try #require(answer.retryAfter, sourceLocation: sourceLocation)
        #expect((1...60).contains(seconds), sourceLocation: sourceLocation)
        #expect(
            HostSignature.verifyAnswer(answer.body, signature: answer.signature, key: shop.identity.signingKey.publicKey),
            sourceLocation: sourceLocation)
        let failure = try WireJSON.decode(FailureAnswer.self, from: answer.body)
        #expect(failure.reason == "overloaded", sourceLocation: sourceLocation)
        #expect(failure.pace == HostPace(spread: 60, retryAfter: Int64(seconds)), sourceLocation: sourceLocation)
    }

    @Test("Batches get 503 with Retry-After and the span, signed, each a later time; a payment is taken in the same moment")
    func batches() async throws {
        let shop = try await Shop()
        shop.pace.limits = HostLoad.Limits(capacity: 1, batches: 0, waiting: 0)
        let answers = try await curl(shop, HostPath.records, RecordBatch(records: []), times: 6)
        try #require(answers.count == 6)
        for answer in answers { try check(shop, answer, status: 503) }
        // One place a second: told apart even when they come at once.
        let waits = answers.compactMap(\.retryAfter)
        #expect(waits.max() ?? 0 > 1 && Set(waits).count > 1, "\(waits)")
        let paid = try await curl(shop, HostPath.authorisations, try shop.request(500))
        #expect(paid.map(\.status) == [200])
        #expect(try await curl(shop, HostPath.health, HealthRequest(nonce: Shop.id())).map(\.status) == [200])
        shop.pace.limits = HostLoad.Limits()
        #expect(try await curl(shop, HostPath.records, RecordBatch(records: [])).map(\.status) == [200])
        await shop.close()
    }

    @Test("Beyond the capacity it is 429, payments apart")
    func rate() async throws {
        let shop = try await Shop()
        shop.pace.limits = HostLoad.Limits(capacity: 1)
        let answers = try await curl(shop, HostPath.limits, LimitRequest(since: 0, nonce: Shop.id()), times: 60)
        let away = answers.filter { $0.status != 200 }
        #expect(answers.first?.status == 200 && !away.isEmpty)
        for answer in away { try check(shop, answer, status: 429) }
        let signs = try await curl(shop, HostPath.health, HealthRequest(nonce: Shop.id()), times: 60)
        #expect(signs.count == 60 && signs.allSatisfy { $0.status == 200 })
        // A shop that has its limits and waits for the next: never.
        let polls = try await curl(shop, HostPath.limits, LimitRequest(since: 1, nonce: Shop.id(), hold: 1), times: 60)
        #expect(polls.count == 60 && polls.allSatisfy { $0.status == 200 })
        await shop.close()
    }

    @Test("Who can't sign takes nobody's place")
    func strangers() async throws {
        let shop = try await Shop()
        shop.pace.limits = HostLoad.Limits(capacity: 1)
        let request = LimitRequest(since: 0, nonce: Shop.id())
        let strangers = try await curl(shop, HostPath.limits, request, times: 60, key: Curve25519.Signing.PrivateKey())
        #expect(strangers.count == 60 && strangers.allSatisfy { $0.status == 401 })
        #expect(try await curl(shop, HostPath.limits, request).map(\.status) == [200])
        await shop.close()
    }

    @Test("The terminal's link obeys: its queue rests, its payments go on, it remembers the span, and drains when it may")
    func obeyed() async throws {
        let shop = try await Shop()
        shop.pace.limits = HostLoad.Limits(batches: 0)
        try shop.commit(5)
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { link.state.forwardFailure == .refused(reason: "overloaded") })
            #expect(link.state.isReachable && link.state.settledRecords == 0)
            #expect(await eventually { shop.store.now.spread == 60 })
            guard case .answered(let answer) = await link.authorise(try shop.request(500), timeout: .seconds(10)) else {
                Issue.record("a payment was not answered")
                return
            }
            #expect(answer.approved)
            #expect(shop.store.now.queue.count == 5)
            shop.pace.limits = HostLoad.Limits()
            #expect(await eventually { shop.store.now.queue.isEmpty })
            #expect(link.state.forwardFailure == nil)
        }
        // Nothing in the batches was to blame.
        #expect(shop.store.now.setAside.isEmpty && shop.store.now.quarantined.isEmpty)
        #expect(try shop.report().payments.count == 6)
        await shop.close()
    }
}

@Suite("After a long silence a terminal waits its turn before it looks for the host", .timeLimit(.minutes(5)))
struct LateStartTests {
    /// A clock that stands: what is waited for never comes by itself.
    private static let start: Int64 = 50_000_000

    private func link(_ shop: Shop, random: UInt64) throws -> HostLink {
        try HostLink(
            configuration: HostLinkConfiguration(
                baseURL: "https://127.0.0.1:\(shop.port)", pinnedCertificatePEM: shop.identity.certificatePEM,
                hostSigningKey: shop.identity.signingKey.publicKey, terminal: "T1", terminalKey: shop.terminalKey, hold: 0),
            outbox: shop.store, limits: shop.store, bootClock: { Self.start }, random: { random }, logger: Shop.quiet)
    }

    @Test("U(0, S) of the span that the host sent in an earlier run, drawn by each for itself", arguments: [
        (600, UInt64.max / 2, 300_000), (600, UInt64.max, 600_000), (92, UInt64.max / 4, 23_000), (nil, UInt64.max / 2, 30_000),
    ] as [(Int64?, UInt64, Int64)])
    func waits(_ span: Int64?, _ random: UInt64, _ wait: Int64) async throws {
        let shop = try await Shop()
        shop.store.state.withLock { ($0.spread, $0.silence) = (span, .max) }
        try shop.commit(1)
        let link = try link(shop, random: random)
        // Posted before it runs, as a store that has just opened does.
        link.recordCommitted()
        try await running(link) {
            #expect(await eventually { link.state.firstAttemptAt == Self.start + wait }, "\(link.state)")
            // Neither records nor wishes for limits cut it short.
            link.recordCommitted()
            link.syncNow()
            try await Task.sleep(for: .milliseconds(200))
            #expect(link.state.reach == .starting && link.state.nextAttempt(in: Self.start) == wait)
            #expect(shop.store.now.observed.isEmpty && shop.store.now.queue.count == 1)
            // A payment waits for nothing, and ends the wait for the rest.
            guard case .answered = await link.authorise(try shop.request(500), timeout: .seconds(10)) else {
                Issue.record("a payment was not answered")
                return
            }
            #expect(await eventually { shop.store.now.queue.isEmpty && link.state.lastSync != nil })
            #expect(link.state.firstAttemptAt == nil)
        }
        await shop.close()
    }

    @Test("The span of this run is waited for by the next; a short silence, and a first start, wait for nothing")
    func remembered() async throws {
        let shop = try await Shop()
        let first = try link(shop, random: .max / 2)
        try await running(first) {
            #expect(await eventually { shop.store.now.spread == 60 && first.state.isReachable })
        }
        shop.store.state.withLock { $0.silence = .max }
        let second = try link(shop, random: .max / 2)
        try await running(second) {
            #expect(await eventually { second.state.firstAttemptAt == Self.start + 30_000 })
            second.probeSoon()
            #expect(await eventually { second.state.isReachable })
        }
        shop.store.state.withLock { $0.silence = 119_000 }
        let third = try link(shop, random: .max / 2)
        try await running(third) { #expect(await eventually { third.state.isReachable }) }
        await shop.close()
    }
}
