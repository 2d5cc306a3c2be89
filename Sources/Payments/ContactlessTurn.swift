import EMV
import Programmes
import SmartCard

/// Entry Point as one payment runs it: from the first card asked for to the outcome, over as many presentations as it takes.
/// A payment that asks its card otherwise (without the host, when that can't be reached) begins another one.
///
/// It sorts what Entry Point asks for: messages that say what the payer is to do go out before the next card; those of the
/// outcome wait, because the card's word is not the payment's (ALL-2, ALL-7).
public struct ContactlessTurn: Sendable {
    /// What the lane does before it waits for a card, in order.
    public enum Step: Sendable, Equatable {
        case show(PayerNotice)
        /// No card counts for so many units of 100 ms.
        case fieldOff(Int)
    }

    public enum Presentation: Sendable, Equatable {
        /// Start B: nothing was spent, a card is wanted again.
        case again
        case finished(ContactlessOutcome)
    }

    /// Whether cards are asked for an online cryptogram.
    public let asksHost: Bool
    private var entryPoint: EntryPoint
    private var pending: [EntryPoint.Action] = []
    /// Before any card where no combination allows the transaction (Book B §3.1.1.13).
    public private(set) var outcome: ContactlessOutcome?
    /// What the kernel wants shown for its outcome; nil before one.
    public private(set) var closing: UserInterfaceRequest?

    /// Start A.
    public init(_ transaction: ContactlessTransaction) {
        asksHost = transaction.parameters.onlineCryptogramRequired
        entryPoint = EntryPoint(transaction)
        _ = take(entryPoint.handle(.startedAtA))
    }

    /// Whether it goes on for a payment that wants a card: one that is over, or that asks cards otherwise, does not.
    public func serves(_ machine: PaymentMachine) -> Bool { outcome == nil && asksHost == machine.online }

    /// With the number of the newest presentation.
    public var parameters: TransactionParameters { entryPoint.parameters }

    /// What comes before the next card; once. Where Entry Point has asked for nothing, the prompt speaks for itself.
    public mutating func beforeCard(_ prompt: CardPrompt) -> [Step] {
        defer { pending = [] }
        let requests = pending.compactMap { if case .show(let request) = $0 { request } else { nil } }
        guard outcome == nil, let last = requests.last, last.status == .readyToRead else {
            return [.show(PayerNotice(prompt.request, prompt: prompt))]
        }
        var left = requests.count
        return pending.compactMap { action in
            switch action {
            case .show(let request):
                left -= 1
                return .show(PayerNotice(request, prompt: left == 0 ? prompt : nil))
            case .fieldOff(let time): return .fieldOff(time)
            case .poll, .transmit, .commit, .finished: return nil
            }
        }
    }

    /// One presentation; blocks as long as the channel does.
    public mutating func present(
        on channel: any CardChannel, unpredictableNumber: [UInt8], beforeCommit: () throws -> Void
    ) rethrows -> Presentation {
        pending = []
        return take(try entryPoint.present(on: channel, unpredictableNumber: unpredictableNumber, beforeCommit: beforeCommit))
    }

    /// A card that was there, and could not be talked to.
    public mutating func lost(_ error: CardError, unpredictableNumber: [UInt8]) -> Presentation {
        pending = []
        guard !entryPoint.handle(.cardActivated(unpredictableNumber: unpredictableNumber)).isEmpty else { return take([]) }
        return take(entryPoint.handle(.failed(error)))
    }

    private mutating func take(_ actions: [EntryPoint.Action]) -> Presentation {
        if case .finished(let outcome, let parameters)? = actions.last {
            self.outcome = outcome
            closing = parameters.onOutcome
        } else {
            pending += actions
        }
        return outcome.map(Presentation.finished) ?? .again
    }
}

extension ContactlessTurn: CustomStringConvertible, CustomReflectable {
    public var description: String { "ContactlessTurn(\(entryPoint))" }
    public var customMirror: Mirror { Mirror(self, children: ["stage": description]) }
}
