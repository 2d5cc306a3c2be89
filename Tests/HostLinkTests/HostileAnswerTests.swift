import Core
import Crypto
import Foundation
import HostProtocol
import Payments
import Simulation
import Synchronization
import Testing

@testable import HostLink

@Suite("Answers that are none delete nothing", .serialized, .timeLimit(.minutes(15)))
struct HostileAnswerTests {
    static let count = ProcessInfo.processInfo.environment["KASSA_HOSTILE_ANSWERS"].flatMap { Int($0) } ?? 100_000

    @Test("100,000 random, captive, damaged, replayed and misdirected answers: the outbox is as it was")
    func pure() async throws {
        let outbox = try DurableOutbox(5)
        let key = Curve25519.Signing.PrivateKey()
        let sent = try outbox.store.pending(limit: 5)
        let before = try outbox.waiting()
        var answers = try HostileAnswers(sent, key: key, seed: 1)
        var signed = 0
        var settled = 0
        for number in 0..<Self.count {
            // Other tests wait for the same threads.
            if number % 100 == 0 { await Task.yield() }
            let kind = HostileAnswers.Kind.allCases[number % HostileAnswers.Kind.allCases.count]
            let answer = try answers.next(kind)
            // As the link does it: whose is it, what does it say, the store.
            guard HostSignature.verifyAnswer(answer.body, signature: answer.signature, key: key.publicKey) else { continue }
            signed += 1
            guard let results = try? AnswerCheck.batch(answer.body, terminal: "T1", sent: sent).results else { continue }
            settled += results.count
            try outbox.store.settle(results)
            #expect(results.isEmpty, "\(kind)")
        }
        #expect(settled == 0 && signed > Self.count / 4 && signed < Self.count / 2)
        #expect(try outbox.waiting() == before)
        #expect(try outbox.store.pending(limit: 100) == sent)
        // The store alone stands against results of its own ids with other hashes, and of other ids.
        try outbox.store.settle(sent.map { RecordResult(id: $0.id, bodyHash: Data(repeating: 0, count: 32), outcome: .applied) })
        try outbox.store.settle(sent.map { RecordResult(id: $0.id, bodyHash: Data(), outcome: .rejected) })
        #expect(try outbox.waiting() == before)
        // And the right answer is taken.
        let right = answers.right
        #expect(HostSignature.verifyAnswer(right.body, signature: right.signature, key: key.publicKey))
        try outbox.store.settle(try AnswerCheck.batch(right.body, terminal: "T1", sent: sent).results)
        #expect(try outbox.waiting() == [0, 0])
        print("hostile answers: \(Self.count), \(signed) of them signed by the host, rows deleted 0")
    }

    /// A host whose answers to batches come from `batch`; everything else is as it should be.
    private func shop(
        _ batch: @escaping @Sendable (RecordBatch, Curve25519.Signing.PrivateKey) throws -> ScriptedHost.Reply
    ) async throws -> Shop {
        try await Shop { identity in
            ScriptedHost(key: identity.signingKey) { path, body in
                switch path {
                case HostPath.health: return .signed(try ForgedAnswerTests.health(body))
                case HostPath.limits: return .signed(try ForgedAnswerTests.page(body) { _ in })
                default: return try batch(try WireJSON.decode(RecordBatch.self, from: body), identity.signingKey)
                }
            }
        }
    }

    private func link(_ shop: Shop, _ outbox: DurableOutbox) throws -> HostLink {
        try HostLink(
            configuration: HostLinkConfiguration(
                baseURL: "https://127.0.0.1:\(shop.port)", pinnedCertificatePEM: shop.identity.certificatePEM,
                hostSigningKey: shop.identity.signingKey.publicKey, terminal: "T1", terminalKey: shop.terminalKey,
                pace: OutboxMachine.Settings(backoff: .init(base: 1, cap: 4), keepAlive: 1000, limitsInterval: 60_000),
                hold: 0),
            outbox: outbox, limits: outbox, bootClock: { BootClock.milliseconds }, logger: Shop.quiet)
    }

    @Test("Hundreds of them over real connections: nothing leaves the outbox, and the right answer then empties it")
    func sockets() async throws {
        let wanted = 400
        let outbox = try DurableOutbox(20)
        let before = try outbox.waiting()
        let state = Mutex<(answers: HostileAnswers?, given: Int)>((nil, 0))
        let shop = try await shop { batch, key in
            try state.withLock { state in
                guard state.given < wanted else { return .signed(try HostileAnswers.answer(batch.records)) }
                if state.answers == nil { state.answers = try HostileAnswers(batch.records, key: key, seed: 2) }
                let kind = HostileAnswers.Kind.allCases[state.given % HostileAnswers.Kind.allCases.count]
                guard var answers = state.answers else { return .unsigned([]) }
                defer { state.answers = answers }
                let answer = try answers.next(kind)
                // What is there after each of them is what was there before: looked at from within the host.
                if try outbox.waiting() != before { Issue.record("after \(state.given) answers") }
                state.given += 1
                switch kind {
                case .ofAnotherBatch, .ofAnotherTerminal, .ofAnotherType, .foreignIDs, .wrongHashes, .nothing, .noBatch:
                    return .signed(answer.body)
                case .signedByAnother: return .forged(answer.body)
                case .truncated: return .cut(try HostileAnswers.answer(batch.records))
                default: return .unsigned(answer.body)
                }
            }
        }
        let link = try link(shop, outbox)
        try await running(link) {
            while try outbox.waiting() != [0, 0] { try await Task.sleep(for: .milliseconds(20)) }
        }
        #expect(state.withLock { $0.given } == wanted)
        #expect(try outbox.waiting() == [0, 0])
        await shop.close()
    }

    @Test("A host that takes a part of each batch is sent the rest, and only the rest, until it has all of it")
    func partOfABatch() async throws {
        let outbox = try DurableOutbox(120)
        let all = Set(try outbox.store.pending(limit: 200).map(\.id))
        let state = Mutex<(taken: [UUIDv7], again: Int, random: SplitMix64)>(([], 0, SplitMix64(seed: 3)))
        let shop = try await shop { batch, _ in
            try state.withLock { state in
                state.again += batch.records.count { state.taken.contains($0.id) }
                var part: [ForwardedRecord] = []
                for record in batch.records where state.random.next() % 2 == 0 { part.append(record) }
                state.taken += part.map(\.id)
                return .signed(try HostileAnswers.answer(part.reversed()))
            }
        }
        let link = try link(shop, outbox)
        try await running(link) {
            while try outbox.waiting() != [0, 0] { try await Task.sleep(for: .milliseconds(20)) }
        }
        let (taken, again) = state.withLock { ($0.taken, $0.again) }
        #expect(taken.count == 120 && Set(taken) == all && again == 0)
        await shop.close()
    }
}
