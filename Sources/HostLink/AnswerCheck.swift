import Core
import Foundation
import HostProtocol

/// What an answer signed by the host must also be: an answer to this request of this terminal.
enum AnswerCheck {
    static func health(_ bytes: [UInt8], terminal: String, nonce: UUIDv7) throws(LinkFailure) -> HealthAnswer {
        let answer = try decode(HealthAnswer.self, bytes)
        try requireAnswer(answer.type == .health, of: (answer.terminal, answer.nonce), to: (terminal, nonce))
        try require(answer.hostTime.milliseconds > 0, "hostTime")
        try require(answer.pace?.isWellFormed ?? true, "pace")
        try require(answer.journal?.isWellFormed ?? true, "journal")
        try require((answer.trust?.utf8.count ?? 0) <= 64, "trust")
        try require(answer.tagKeys.map(TagSecrets.isVersion) ?? true, "tagKeys")
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
        // Whatever the host may have booked, a split that is none is not stored: the payment is undone.
        let shares = answer.split ?? []
        let sum = shares.reduce(Int64(0)) { $0.addingReportingOverflow($1.money).partialValue }
        let bound: ClosedRange<Int64> = 0...1_000_000_000_000_000
        try require(
            shares.count <= 64
                && shares.allSatisfy {
                    (1...64).contains($0.purse.utf8.count) && $0.purse.utf8.allSatisfy { (0x21...0x7E).contains($0) }
                        && bound.contains($0.units) && bound.contains($0.money) && $0.denomination ?? 1 > 0
                }, "split")
        let lines = answer.lines ?? []
        try require(lines.count <= 8 && lines.allSatisfy { bound.contains($0.amount.minorUnits) }, "lines")
        if let approved = answer.approvedAmount, answer.approved {
            try require(approved.currency == request.amount.currency && bound.contains(approved.minorUnits), "approvedAmount")
            // In the account's own currency, the purses pay what is approved and the fees beside it.
            let fees = lines.filter { $0.kind == .fee || $0.kind == .exchangeFee }.reduce(Int64(0)) { $0 + $1.amount.minorUnits }
            let isForeign = lines.contains { $0.amount.currency != approved.currency }
            try require(shares.isEmpty || isForeign || sum == approved.minorUnits + fees, "split")
        }
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

    /// What an answer says of the records that were sent, and of nothing else.
    struct BatchWord {
        /// Ids of this batch, once each, over the bytes that went.
        var results: [RecordResult]
        /// Milliseconds by id, of records without a result.
        var delays: [UUIDv7: Int64]
        var pace: HostPace?
        var journal: JournalPosition?
    }

    static func batch(
        _ bytes: [UInt8], terminal: String, sent: [ForwardedRecord]
    ) throws(LinkFailure) -> BatchWord {
        let answer = try decode(BatchAnswer.self, bytes)
        try require(answer.type == .batch, "type")
        try require(answer.terminal == terminal, "terminal")
        try require(answer.pace?.isWellFormed ?? true, "pace")
        try require(answer.journal?.isWellFormed ?? true, "journal")
        var hashes: [UUIDv7: [UInt8]] = [:]
        for record in sent { hashes[record.id] = JournalChain.bodyHash(Array(record.body)) }
        var word = BatchWord(results: [], delays: [:], pace: answer.pace, journal: answer.journal)
        for result in answer.results where hashes[result.id] == Array(result.bodyHash) {
            hashes[result.id] = nil
            word.results.append(result)
            // Stored, and told to people and programs: a word, whatever came.
            if let reason = result.reason, !isWord(reason, most: 64) {
                word.results[word.results.count - 1].reason = HostClient.word(reason)
            }
        }
        for delay in answer.later ?? [] where hashes[delay.id] != nil {
            try require((0...HostPace.longest).contains(delay.retryAfter), "later")
            word.delays[delay.id] = delay.retryAfter * 1000
        }
        return word
    }

    /// An answer of this type, to this terminal and to what it asked now.
    static func requireAnswer(
        _ isOfType: Bool, of answer: (terminal: String, nonce: UUIDv7), to request: (terminal: String, nonce: UUIDv7)
    ) throws(LinkFailure) {
        try require(isOfType, "type")
        try require(answer.terminal == request.terminal, "terminal")
        try require(answer.nonce == request.nonce, "nonce")
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
