import Core
import Foundation
import HostProtocol

/// What an answer signed by the host must also be: an answer to this request of this terminal.
enum AnswerCheck {
    static func health(_ bytes: [UInt8], terminal: String, nonce: UUIDv7) throws(LinkFailure) -> HealthAnswer {
        let answer = try decode(HealthAnswer.self, bytes)
        try require(answer.type == .health, "type")
        try require(answer.terminal == terminal, "terminal")
        try require(answer.nonce == nonce, "nonce")
        try require(answer.hostTime.milliseconds > 0, "hostTime")
        return answer
    }

    static func authorisation(
        _ bytes: [UInt8], request: AuthorisationRequest
    ) throws(LinkFailure) -> AuthorisationAnswer {
        let answer = try decode(AuthorisationAnswer.self, bytes)
        try require(answer.type == .authorisation, "type")
        try require(answer.payment == request.payment, "payment")
        let code = answer.authorisationCode
        try require(answer.approved == (code != nil), "authorisationCode")
        let wellFormed = code.map { $0.utf8.count == 6 && $0.utf8.allSatisfy { (0x30...0x5A).contains($0) } } ?? true
        try require(wellFormed, "authorisationCode")
        // Both are stored, and told to people and programs: words of the rule book, nothing else.
        try require(isWord(answer.rule, most: 16), "rule")
        try require(isWord(answer.reason, most: 64), "reason")
        return answer
    }

    private static func isWord(_ text: String, most: Int) -> Bool {
        (1...most).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"): true
                default: false
                }
            }
    }

    /// The results that speak of what was sent: ids of this batch, once each, over the bytes that went.
    static func results(
        _ bytes: [UInt8], terminal: String, sent: [ForwardedRecord]
    ) throws(LinkFailure) -> [RecordResult] {
        let answer = try decode(BatchAnswer.self, bytes)
        try require(answer.type == .batch, "type")
        try require(answer.terminal == terminal, "terminal")
        var hashes: [UUIDv7: [UInt8]] = [:]
        for record in sent { hashes[record.id] = JournalChain.bodyHash(Array(record.body)) }
        var results: [RecordResult] = []
        for result in answer.results where hashes[result.id] == Array(result.bodyHash) {
            hashes[result.id] = nil
            results.append(result)
        }
        return results
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ bytes: [UInt8]) throws(LinkFailure) -> Value {
        do throws(WireError) {
            return try WireJSON.decode(type, from: bytes)
        } catch {
            switch error {
            case .malformed(let field): throw .malformed(field: field)
            }
        }
    }

    static func require(_ holds: Bool, _ field: @autoclosure () -> String) throws(LinkFailure) {
        guard holds else { throw .malformed(field: field()) }
    }
}
