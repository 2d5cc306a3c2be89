import Core
import SmartCard

/// The tap of a telephone that shows a receipt, as a value: SELECT, PRESENT RECEIPT, and GET RESPONSE while more waits. It ends within
/// ``greatestCommands`` commands; after the outcome every call repeats it.
public struct HCEReceiptTap: Sendable {
    public enum Step: Sendable, Hashable {
        /// Send it as it is, without following 61xx, and hand over the response, or the error.
        case transmit(CommandAPDU)
        case finished(HCEReceiptOutcome)
    }

    private enum State: Sendable {
        case start, selecting
        case answering(HCEPieces)
        case done(HCEReceiptOutcome)
    }

    public static let greatestCommands = 2 + HCEApplication.mostReceiptPieces

    private let challenge: HCEReceiptChallenge
    private var state = State.start

    public init(_ challenge: HCEReceiptChallenge) { self.challenge = challenge }

    public mutating func start() -> Step {
        guard case .start = state else { return again }
        state = .selecting
        return transmit { () throws(CardError) in try .select(name: HCEApplication.identifier) }
    }

    /// The last command failed.
    public mutating func failed(_ error: CardError) -> Step {
        guard case .done = state else { return finish(.tryAgain(error)) }
        return again
    }

    public mutating func received(_ response: ResponseAPDU) -> Step {
        switch state {
        case .start: return start()
        case .done: return again
        case .selecting:
            guard response.status != .conditionsNotSatisfied else { return finish(.unlock) }
            guard response.status == .success, HCEApplication.knowsVersion(response.data) else {
                return finish(.notOurs(response.status))
            }
            state = .answering(HCEPieces(mostBytes: HCEApplication.mostReceiptBytes, mostPieces: HCEApplication.mostReceiptPieces))
            let data = challenge.encoded
            return transmit { () throws(CardError) in
                try CommandAPDU(0x80, HCEApplication.presentReceipt, 0x00, 0x00, data: data, le: 0x00)
            }
        case .answering(var pieces):
            guard response.status != .referencedDataNotFound else { return finish(.noReceipt) }
            let step = pieces.add(response)
            state = .answering(pieces)
            switch step {
            case .more(let le):
                return transmit { () throws(CardError) in try CommandAPDU(0x00, 0xC0, 0x00, 0x00, le: le) }
            case .unlock: return finish(.unlock)
            case .refused(let failure): return finish(.refused(failure))
            case .complete(let answer):
                do throws(HCEFailure) { return finish(.shown(try HCEReceiptAnswer(answer))) } catch { return finish(.refused(error)) }
            }
        }
    }

    private mutating func transmit(_ command: () throws(CardError) -> CommandAPDU) -> Step {
        do { return .transmit(try command()) } catch { return finish(.tryAgain(error)) }
    }

    private mutating func finish(_ outcome: HCEReceiptOutcome) -> Step {
        state = .done(outcome)
        return again
    }

    private var again: Step {
        guard case .done(let outcome) = state else { return .finished(.tryAgain(.malformedCommand)) }
        return .finished(outcome)
    }
}

extension HCEReceiptTap {
    /// Runs the tap to its outcome; blocks as long as the channel does.
    public mutating func run(on channel: any CardChannel) -> HCEReceiptOutcome {
        var step = start()
        while true {
            switch step {
            case .finished(let outcome): return outcome
            case .transmit(let command):
                do throws(CardError) {
                    step = received(try ResponseAPDU(bytes: channel.transmit(command.bytes)))
                } catch {
                    step = failed(error)
                }
            }
        }
    }
}
