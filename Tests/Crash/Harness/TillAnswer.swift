import Foundation

/// What the daemon told the till of one payment, as it went out over its socket.
struct TillAnswer: Codable {
    var payment: String
    /// `approved` or `declined`; of any other the till knows that it knows nothing.
    var outcome: String
    /// Minor units.
    var approved: Int64
    /// Of the journal.
    var sequence: Int64?

    private struct Reply<Parameters: Decodable>: Decodable {
        var parameters: Parameters?
    }

    private struct Answer: Decodable {
        struct Amount: Decodable {
            var minorUnits: Int64
        }
        var payment: String?
        var outcome: String?
        var approved: Amount?
        var sequence: Int64?
    }

    /// A refund or a void, told as a whole.
    private struct Amended: Decodable {
        var result: Answer
    }

    /// The answers in one write: Varlink ends each with a zero byte.
    static func all(_ written: String) throws -> [TillAnswer] {
        try written.split(separator: "\0").compactMap { text in
            let data = Data(text.utf8)
            guard let reply = try? JSONDecoder().decode(Reply<Answer>.self, from: data) else {
                throw Stop("not an answer, or a part of one: \(text.prefix(200))")
            }
            let told = try? JSONDecoder().decode(Reply<Amended>.self, from: data).parameters?.result
            guard let answer = told ?? reply.parameters, let payment = answer.payment, let outcome = answer.outcome,
                outcome == "approved" || outcome == "declined"
            else { return nil }
            return TillAnswer(
                payment: payment, outcome: outcome, approved: answer.approved?.minorUnits ?? 0, sequence: answer.sequence)
        }
    }
}
