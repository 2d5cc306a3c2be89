import Diagnostics
import Foundation
import Testing

/// What the till was told: a reply, or what kassactl said instead.
struct Told {
    var status: Int32
    var reply: PayReply?
    var error: String

    /// `approved ALL-7 approvedOffline`
    var words: String {
        guard let reply else { return error }
        return [reply.outcome, reply.rule, reply.reason].compactMap { $0 }.joined(separator: " ")
    }
}

extension Scenario {
    static func visa(_ pan: String = anna, _ more: [String] = []) -> [String] {
        ["visa", "--pan", pan, "--balance", "2000.00", "--expiry", "2049-12"] + more
    }

    func startPay(_ amount: String, reference: String? = nil, timeout: Int = 20) throws -> Child {
        try control(["pay", amount, "SEK", "--timeout", String(timeout)] + (reference.map { ["--reference", $0] } ?? []))
    }

    /// Returns when the lane waits for a card: the intent is stored.
    func prompted(_ pay: Child) async throws {
        let seen = await eventually { () -> Bool? in pay.errorText.contains("Present the card") ? true : nil }
        try #require(seen == true, "no card was asked for: \(pay.errorText)")
    }

    func told(_ pay: Child) async throws -> Told {
        let status = try await pay.ended(within: 40)
        let reply = try? JSONDecoder().decode(PayReply.self, from: Data(pay.text.utf8))
        return Told(status: status, reply: reply?.outcome == nil ? nil : reply, error: pay.errorText)
    }

    /// Asks for a payment, presents a card, takes it away.
    func tap(_ amount: String, _ card: [String] = Scenario.visa(), reference: String? = nil) async throws -> Told {
        let pay = try startPay(amount, reference: reference)
        let card = try readers.present(card)
        let told = try await told(pay)
        card.kill()
        try await fieldEmpty()
        return told
    }

    /// A payment that needs no card, or gets none.
    func pay(_ amount: String, reference: String? = nil, timeout: Int = 20) async throws -> Told {
        try await told(startPay(amount, reference: reference, timeout: timeout))
    }

    /// A tap that the till is told this of.
    func tap(
        _ amount: String, _ card: [String] = Scenario.visa(), is words: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let told = try await tap(amount, card)
        #expect(told.words == words, sourceLocation: sourceLocation)
    }

    func pay(
        _ amount: String, reference: String? = nil, timeout: Int = 20, is words: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let told = try await pay(amount, reference: reference, timeout: timeout)
        #expect(told.words == words, sourceLocation: sourceLocation)
    }
}
