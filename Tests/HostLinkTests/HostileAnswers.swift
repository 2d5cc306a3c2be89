import Core
import Crypto
import Foundation
import HostProtocol
import Simulation

/// Answers to a batch, none of which says of any record of it that the host has booked it.
struct HostileAnswers {
    struct Answer {
        var body: [UInt8]
        /// The header; nil: none.
        var signature: String?
    }

    enum Kind: CaseIterable {
        /// Not from the host at all.
        case captivePage, randomBytes, unsigned, signedByAnother, signatureOfAnother, brokenSignature
        /// The host's own answer, damaged on its way.
        case truncated, flipped, doubled, resultsCutOut
        /// Signed by the host, and about something else.
        case ofAnotherBatch, ofAnotherTerminal, ofAnotherType, foreignIDs, wrongHashes, nothing, noBatch
    }

    let sent: [ForwardedRecord]
    let key: Curve25519.Signing.PrivateKey
    var random: SplitMix64
    private let genuine: [UInt8]
    private let signature: String
    private let earlier: Answer
    private let stranger = Curve25519.Signing.PrivateKey()

    init(_ sent: [ForwardedRecord], key: Curve25519.Signing.PrivateKey, seed: UInt64) throws {
        self.sent = sent
        self.key = key
        random = SplitMix64(seed: seed)
        genuine = try Self.answer(sent)
        signature = try HostSignature.signAnswer(genuine, key: key)
        let others = sent.map { ForwardedRecord(id: Shop.id(), sequence: $0.sequence, chain: $0.chain, body: $0.body) }
        let body = try Self.answer(others)
        earlier = Answer(body: body, signature: try HostSignature.signAnswer(body, key: key))
    }

    /// What a sound host says.
    var right: Answer { Answer(body: genuine, signature: signature) }

    static func answer(
        _ records: [ForwardedRecord], _ change: (inout BatchAnswer) -> Void = { _ in }
    ) throws -> [UInt8] {
        var answer = BatchAnswer(
            terminal: "T1",
            results: records.map {
                RecordResult(id: $0.id, bodyHash: Data(JournalChain.bodyHash(Array($0.body))), outcome: .applied)
            }, hostTime: Shop.time())
        change(&answer)
        return try WireJSON.encode(answer)
    }

    mutating func next(_ kind: Kind) throws -> Answer {
        switch kind {
        case .captivePage:
            return Answer(
                body: Array("<html><title>Wi-Fi \(random.next())</title><form>Log in</form></html>".utf8),
                signature: below(2) == 0 ? nil : noise())
        case .randomBytes: return Answer(body: (0..<below(600)).map { _ in byte() }, signature: noise())
        case .unsigned: return Answer(body: genuine, signature: nil)
        case .signedByAnother:
            return Answer(body: genuine, signature: try HostSignature.signAnswer(genuine, key: stranger))
        case .signatureOfAnother: return Answer(body: genuine, signature: earlier.signature)
        case .brokenSignature:
            var text = Array(signature)
            if below(2) == 0 { text.removeLast(1 + below(text.count)) } else { text.swapAt(0, text.count / 2) }
            let broken = String(text)
            return Answer(body: genuine, signature: broken == signature ? nil : broken)
        case .truncated: return Answer(body: Array(genuine.prefix(below(genuine.count))), signature: signature)
        case .flipped:
            var body = genuine
            body[below(body.count)] ^= UInt8(1 + below(255))
            return Answer(body: body, signature: signature)
        case .doubled: return Answer(body: genuine + genuine, signature: signature)
        case .resultsCutOut:
            let some = sent.filter { _ in below(2) == 0 }
            return Answer(body: try Self.answer(some) { $0.hostTime = UTCInstant(milliseconds: 1) }, signature: signature)
        case .ofAnotherBatch: return earlier
        case .ofAnotherTerminal: return try signed { $0.terminal = "T2" }
        case .ofAnotherType: return try signed { $0.type = [.health, .limits, .authorisation, .failure][below(4)] }
        case .foreignIDs: return try signed { answer in for place in answer.results.indices { answer.results[place].id = Shop.id() } }
        case .wrongHashes:
            let turn = 1 + below(sent.count - 1)
            return try signed { answer in
                let hashes = answer.results.map(\.bodyHash)
                for place in hashes.indices { answer.results[place].bodyHash = hashes[(place + turn) % hashes.count] }
            }
        case .nothing: return try signed { $0.results = [] }
        case .noBatch:
            let texts = ["", "{}", "[]", "null", "true", #"{"type":"batch"}"#, #"{"results":[],"terminal":"T1","type":"batch"}"#]
            let body = Array(texts[below(texts.count)].utf8)
            return Answer(body: body, signature: try HostSignature.signAnswer(body, key: key))
        }
    }

    private func signed(_ change: (inout BatchAnswer) -> Void) throws -> Answer {
        let body = try Self.answer(sent, change)
        return Answer(body: body, signature: try HostSignature.signAnswer(body, key: key))
    }

    private mutating func below(_ bound: Int) -> Int { bound > 0 ? Int(random.next() % UInt64(bound)) : 0 }
    private mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: random.next()) }
    private mutating func noise() -> String { Data((0..<64).map { _ in byte() }).base64EncodedString() }
}
