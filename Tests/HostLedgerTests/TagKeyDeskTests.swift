import Core
import Crypto
import Foundation
import HostProtocol
import Programmes
import Testing

@testable import HostLedger

@Suite("The keys of tags are given to the terminals that may have them, sealed to each", .timeLimit(.minutes(5)))
struct TagKeyDeskTests {
    /// A service over real books: T5 takes tags, T6 does not.
    private struct Host {
        let ring = TagKeyRing(TagSecrets([([UInt8](repeating: 0xC1, count: 16), [UInt8](repeating: 0xC2, count: 16))]))
        let service: HostService
        let keys = ["T5": Curve25519.Signing.PrivateKey(), "T6": Curve25519.Signing.PrivateKey()]
        let signing = Curve25519.Signing.PrivateKey()
        let recipient = Curve25519.KeyAgreement.PrivateKey()

        init(_ ledger: any LedgerDesk) async throws {
            service = HostService(
                ledger: ledger, signingKey: signing, clock: { Books.noon },
                tagKeys: TagKeyDesk(ring: ring, ledger: ledger, programmes: try Programme.shipped()))
            for (terminal, key) in keys {
                try await ledger.setTerminal(
                    terminal, merchant: "M1", signingKey: key.publicKey,
                    programmes: terminal == "T5" ? ["epassi-card", "epassi-wallet"] : ["epassi-card"],
                    risk: TerminalRiskLimits(exposureCap: 1, maximumCacheAge: 1), merchantCategory: nil, now: Books.noon)
            }
        }

        func post(_ body: [UInt8], as terminal: String, path: String = HostPath.tagKeys, signedBy key: Curve25519.Signing.PrivateKey? = nil) async throws -> HostService.Reply {
            let signature = try HostSignature.signRequest(
                method: "POST", path: path, body: body, key: key ?? keys[terminal] ?? Curve25519.Signing.PrivateKey())
            return try await service.answer(path: path, terminal: terminal, signature: signature, body: body)
        }

        func ask(_ terminal: String = "T5", known: String? = nil, signedBy key: Curve25519.Signing.PrivateKey? = nil) async throws -> HostService.Reply {
            let request = TagKeyRequest(nonce: Books.id(), recipient: recipient.publicKey, known: known)
            return try await post(try WireJSON.encode(request), as: terminal, signedBy: key)
        }

        func told() async throws -> String? {
            let reply = try await post(try WireJSON.encode(HealthRequest(nonce: Books.id())), as: "T6", path: HostPath.health)
            return try WireJSON.decode(HealthAnswer.self, from: reply.body).tagKeys
        }
    }

    private static func ledger(_ isMemory: Bool) async throws -> (any LedgerDesk, Books) {
        let books = try await Books()
        guard isMemory else { return (books.ledger, books) }
        return (MemoryLedger(programmes: try Programme.shipped(), evidenceKey: Books.sealing, pseudonymKey: Books.pseudonymKey), books)
    }

    private static func reason(_ reply: HostService.Reply) throws -> String {
        "\(reply.status) \(try WireJSON.decode(FailureAnswer.self, from: reply.body).reason)"
    }

    @Test("Sealed to the key that the terminal names, for this terminal, signed; what it has already is not sent", arguments: [false, true])
    func given(_ isMemory: Bool) async throws {
        let (ledger, books) = try await Self.ledger(isMemory)
        let host = try await Host(ledger)
        defer { withExtendedLifetime(books) {} }
        let reply = try await host.ask()
        #expect(reply.status == 200)
        #expect(HostSignature.verifyAnswer(reply.body, signature: reply.signature, key: host.signing.publicKey))
        let answer = try WireJSON.decode(TagKeyAnswer.self, from: reply.body)
        let version = try #require(host.ring.secrets?.version)
        #expect(answer.type == .tagKeys && answer.terminal == "T5" && answer.version == version)
        let sealed = try #require(answer.sealed)
        let opened = try TagSecrets(opening: sealed, version: version, terminal: "T5", key: host.recipient)
        #expect(opened.map { Array($0) + Array($1) } == [[UInt8](repeating: 0xC1, count: 16) + [UInt8](repeating: 0xC2, count: 16)])
        #expect(throws: TagSecrets.OpenFailure.notAuthentic) {
            try TagSecrets(opening: sealed, version: version, terminal: "T6", key: host.recipient)
        }
        let again = try WireJSON.decode(TagKeyAnswer.self, from: try await host.ask(known: version).body)
        #expect(again.version == version && again.sealed == nil)
        #expect(try await host.told() == version)
    }

    @Test("An unknown terminal, a bad signature, another terminal's signature and one whose merchant takes no tags get nothing", arguments: [false, true])
    func refused(_ isMemory: Bool) async throws {
        let (ledger, books) = try await Self.ledger(isMemory)
        let host = try await Host(ledger)
        defer { withExtendedLifetime(books) {} }
        #expect(try await Self.reason(host.ask("T9")) == "401 unknownTerminal")
        #expect(try await Self.reason(host.ask(signedBy: Curve25519.Signing.PrivateKey())) == "401 badSignature")
        #expect(try await Self.reason(host.ask("T5", signedBy: host.keys["T6"])) == "401 badSignature")
        #expect(try await Self.reason(host.ask("T6")) == "403 notEnrolled")
        // A signature over another request does not carry this one: whoever replaces the key gets nothing.
        let mine = try WireJSON.encode(TagKeyRequest(nonce: Books.id(), recipient: host.recipient.publicKey))
        let theirs = try WireJSON.encode(TagKeyRequest(nonce: Books.id(), recipient: Curve25519.KeyAgreement.PrivateKey().publicKey))
        let key = try #require(host.keys["T5"])
        let signature = try HostSignature.signRequest(method: "POST", path: HostPath.tagKeys, body: mine, key: key)
        let reply = try await host.service.answer(path: HostPath.tagKeys, terminal: "T5", signature: signature, body: theirs)
        #expect(try Self.reason(reply) == "401 badSignature")
    }

    @Test("What is no key, and what is no version, is malformed; so are the points of small order, to which everybody could open what is sealed")
    func malformed() async throws {
        let books = try await Books()
        let host = try await Host(books.ledger)
        func field(_ change: (inout TagKeyRequest) -> Void) async throws -> String? {
            var request = TagKeyRequest(nonce: Books.id(), recipient: host.recipient.publicKey)
            change(&request)
            let reply = try await host.post(try WireJSON.encode(request), as: "T5")
            #expect(reply.status == 400)
            return try WireJSON.decode(FailureAnswer.self, from: reply.body).field
        }
        #expect(try await field { $0.recipient = "AAAA" } == "recipient")
        #expect(try await field { $0.recipient = "?" } == "recipient")
        // RFC 7748 §6.1: those whose order divides 8, by https://cr.yp.to/ecdh.html#validate.
        let edges = ["EC", "ED", "EE"].map { $0 + String(repeating: "FF", count: 30) + "7F" }
        for point in edges + [
            String(repeating: "00", count: 32), "01" + String(repeating: "00", count: 31),
            "E0EB7A7C3B41B8AE1656E3FAF19FC46ADA098DEB9C32B1FD866205165F49B800",
            "5F9C95BCA3508C24B1D0B1559C83EF5B04445CC4581C8E86D8224EDDD09F1157",
        ] {
            let bytes = try #require(Hex.decode(point))
            #expect(bytes.count == 32)
            #expect(try await field { $0.recipient = Data(bytes).base64EncodedString() } == "recipient", "\(point)")
        }
        #expect(try await field { $0.known = "1" } == "known")
        #expect(try await field { $0.known = String(repeating: "A", count: 2000) } == "known")
    }

    @Test("A host without such keys says so, and one that has none to give does not know the path")
    func none() async throws {
        let books = try await Books()
        let host = try await Host(books.ledger)
        host.ring.secrets = nil
        #expect(try await Self.reason(host.ask()) == "404 noTagKeys")
        #expect(try await host.told() == nil)
        let key = try #require(host.keys["T5"])
        let bare = HostService(ledger: books.ledger, signingKey: host.signing, clock: { Books.noon })
        let body = try WireJSON.encode(TagKeyRequest(nonce: Books.id(), recipient: host.recipient.publicKey))
        let signature = try HostSignature.signRequest(method: "POST", path: HostPath.tagKeys, body: body, key: key)
        let reply = try await bare.answer(path: HostPath.tagKeys, terminal: "T5", signature: signature, body: body)
        #expect(try Self.reason(reply) == "404 notFound")
    }

    @Test("A new master key is announced with the next sign of life, and given out with the one before it")
    func rotation() async throws {
        let books = try await Books()
        let host = try await Host(books.ledger)
        let before = try #require(try await host.told())
        let (meta, old, new) = ([UInt8](repeating: 0xC1, count: 16), [UInt8](repeating: 0xC2, count: 16), [UInt8](repeating: 0xC3, count: 16))
        host.ring.secrets = TagSecrets([(meta, new), (meta, old)])
        let after = try #require(try await host.told())
        #expect(after != before && host.ring.keys.count == 2)
        let answer = try WireJSON.decode(TagKeyAnswer.self, from: try await host.ask(known: before).body)
        let opened = try TagSecrets(opening: try #require(answer.sealed), version: after, terminal: "T5", key: host.recipient)
        #expect(opened.map { Array($1) } == [new, old])
    }
}
