import Core
import Foundation
import HostLink
import HostProtocol
import Testing

@Suite("The host tells what it holds of the journal", .timeLimit(.minutes(5)))
struct JournalPositionTests {
    @Test("With each batch and each sign of life: the last record and its link; nothing before there is one")
    func told() async throws {
        let shop = try await Shop()
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { link.state.lastSync != nil })
            #expect(shop.store.now.told == [])
            try shop.commit(3)
            let last = try #require(shop.store.now.queue.last)
            link.recordCommitted()
            let position = JournalPosition(sequence: 3, chain: last.chain)
            // The batch first, then whatever looks for the host.
            #expect(await eventually { shop.store.now.told.count >= 3 })
            #expect(Set(shop.store.now.told) == [position])
        }
        await shop.close()
    }

    @Test("A position that no host can mean spoils its answer: the link is not up", arguments: [
        JournalPosition(sequence: .max, chain: Data(count: 32)), JournalPosition(sequence: 0, chain: Data(count: 32)),
        JournalPosition(sequence: 1, chain: Data(count: 33)),
    ])
    func absurd(_ position: JournalPosition) async throws {
        let shop = try await Shop { identity in
            ScriptedHost(key: identity.signingKey) { path, body in
                guard path == HostPath.health else { return .signed(Array("[]".utf8)) }
                let request = try WireJSON.decode(HealthRequest.self, from: body)
                return .signed(
                    try WireJSON.encode(
                        HealthAnswer(terminal: "T1", nonce: request.nonce, hostTime: Shop.time(), journal: position)))
            }
        }
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually {
                if case .unreachable(_, .malformed(let field), _) = link.state.reach { field == "journal" } else { false }
            })
        }
        #expect(shop.store.now.told == [])
        await shop.close()
    }
}
