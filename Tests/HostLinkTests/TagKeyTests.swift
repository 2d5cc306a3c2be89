import Crypto
import Foundation
import HostLedger
import HostLink
import HostProtocol
import Programmes
import Testing

@Suite("Keys of tags over the wire", .timeLimit(.minutes(5)))
struct TagKeyTests {
    private let recipient = Curve25519.KeyAgreement.PrivateKey()
    private let key = [UInt8](repeating: 0xC7, count: 16)

    private func request(known: String? = nil) -> TagKeyRequest {
        TagKeyRequest(nonce: Shop.id(), recipient: recipient.publicKey, known: known)
    }

    @Test("The host's signs of life name the keys that it has; asked for, they come sealed; a stranger is refused")
    func wire() async throws {
        let shop = try await Shop()
        try await shop.ledger.setTerminal(
            "T1", merchant: "M1", signingKey: shop.terminalKey.publicKey, programmes: ["smartum"],
            risk: TerminalRiskLimits(exposureCap: 1, maximumCacheAge: 1), now: Shop.time())
        let link = try shop.link()
        try await running(link) {
            #expect(await eventually { link.state.isReachable })
            #expect(link.state.tagKeys == nil)
            await #expect(throws: LinkFailure.refused(reason: "noTagKeys")) { try await link.tagKeys(request()) }
            let secrets = try #require(TagSecrets([(key, key)]))
            shop.ledger.tagKeys.secrets = secrets
            #expect(await eventually { link.state.tagKeys == secrets.version })
            let answer = try await link.tagKeys(request())
            let opened = try TagSecrets(
                opening: try #require(answer.sealed), version: answer.version, terminal: "T1", key: recipient)
            #expect(opened.version == secrets.version)
            #expect(try await link.tagKeys(request(known: secrets.version)).sealed == nil)
        }
        let stranger = try shop.link(key: Curve25519.Signing.PrivateKey())
        await #expect(throws: LinkFailure.refused(reason: "badSignature")) { try await stranger.tagKeys(request()) }
        let nobody = try shop.link(terminal: "T9")
        await #expect(throws: LinkFailure.refused(reason: "unknownTerminal")) { try await nobody.tagKeys(request()) }
        await shop.close()
    }

    @Test("An answer that is signed and not this request's is refused by its field", arguments: [
        "type", "terminal", "nonce", "version", "sealed", "missing",
    ])
    func forged(_ what: String) async throws {
        let shop = try await Shop { identity in
            ScriptedHost(key: identity.signingKey) { path, body in
                guard path == HostPath.tagKeys else { return .signed(try ForgedAnswerTests.health(body)) }
                let asked = try WireJSON.decode(TagKeyRequest.self, from: body)
                var answer = TagKeyAnswer(
                    terminal: "T1", nonce: asked.nonce, hostTime: Shop.time(), version: "0123456789ABCDEF", sealed: "AAAA")
                switch what {
                case "type": answer.type = .health
                case "terminal": answer.terminal = "T2"
                case "nonce": answer.nonce = Shop.id()
                case "version": answer.version = "1"
                case "sealed": answer.sealed = String(repeating: "A", count: TagSecrets.maximumEnvelope + 1)
                default: answer.sealed = nil
                }
                return .signed(try WireJSON.encode(answer))
            }
        }
        let link = try shop.link()
        let field = what == "missing" ? "sealed" : what
        await #expect(throws: LinkFailure.malformed(field: field)) { try await link.tagKeys(request()) }
        await shop.close()
    }
}
