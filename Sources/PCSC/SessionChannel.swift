import CPCSCLite
import SmartCard

/// What a tap is told of its reader.
struct TapContext: Sendable {
    /// As the monitor saw it; nil when it has not seen the card yet.
    var answerToReset: [UInt8]?
    var identity: ReaderIdentity?
}

/// What the body of a tap sees of the session. After the first error the card is not asked again: a command that failed
/// may have been carried out, and a repeated debit is worse than a lost one.
final class SessionChannel: CardChannel {
    let answerToReset: [UInt8]
    private let session: CardSession
    private let identity: ReaderIdentity?
    private let quirks: ReaderQuirks?
    private var failure: CardError?

    init(_ session: CardSession, _ context: TapContext) {
        self.session = session
        answerToReset = context.answerToReset ?? []
        identity = context.identity
        quirks = context.identity?.quirks
    }

    func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
        if let failure { throw failure }
        // The driver of such a reader would send a part of it, or nothing and say that the card has gone.
        if let quirks, !quirks.takes(command: command) { throw .commandTooLong(bytes: command.count) }
        return try keepingFailure { () throws(CardError) in try session.transmit(command) }
    }

    /// Cuts the channel off from the card, should the body have kept it.
    func invalidate() { failure = failure ?? .removed }

    private func keepingFailure<Result>(_ body: () throws(CardError) -> Result) throws(CardError) -> Result {
        do {
            return try body()
        } catch {
            // A command that was never sent leaves the session sound.
            switch error {
            case .malformedCommand, .commandTooLong: break
            default: failure = error
            }
            throw error
        }
    }
}

extension SessionChannel: KeyLoadingReader {
    /// Into the first slot: nothing else of ours is kept in a reader.
    func loadKeyCommand(_ key: [UInt8]) -> [UInt8]? { quirks?.keys.flatMap { $0.command(slot: $0.firstSlot, key: key) } }
}

extension SessionChannel: PinpadReader {
    var pinpad: Pinpad? { identity?.pinpad }

    func verifyPIN(_ entry: PINEntry) throws(CardError) -> PINEntryOutcome {
        if let failure { throw failure }
        guard let pinpad, let code = identity?.features.code(.verifyPINDirect) else {
            throw .reader(code: PCSCCode.unsupportedFeature.rawValue)
        }
        let structure = entry.structure(for: pinpad)
        // Twice the time: until the first key, and until the last.
        let allowance = UInt64(entry.seconds) * 2_000
        return try keepingFailure { () throws(CardError) in
            let answer = try session.controlCard(code, structure, allowance: allowance)
            // Data before the status word would be none of ours to see.
            guard answer.count == 2 else { throw .emptyResponse }
            return PINEntryOutcome(StatusWord(answer[0], answer[1]))
        }
    }
}
