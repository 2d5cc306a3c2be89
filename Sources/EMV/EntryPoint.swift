import Core
import SmartCard

/// Entry Point (Book B) from the terminal's request to the final outcome, over as many presentations as it takes: a value
/// that takes what happened and says what to do, in order.
///
/// ```
/// A pre-processing ─▶ B protocol activation ─▶ C combination selection ─▶ D kernel ─▶ outcome processing ─▶ finished
///                        ▲    ▲ collision          ▲ Select Next, refused     │            │
///                        │    └─ 19, wait          └──────────────────────────┘            │
///                        └──────────── communication error, Try Again ────────────────────┘
/// ```
/// Starts C and D follow from inside (``ContactlessTransaction``). The second presentation after an online request, with
/// the issuer's answer, is not made: no combination announces it (9F66 byte 3 bit 8).
public struct EntryPoint: Sendable {
    public enum Event: Sendable {
        /// The reader starts a transaction of a known amount.
        case startedAtA
        /// The reader starts with fixed qualifiers: limits are not looked at (§3.2.1.1).
        case startedAtB
        /// More than one card answers.
        case collision
        case collisionCleared
        /// One card answers. The number is four fresh random bytes, others for each presentation.
        case cardActivated(unpredictableNumber: [UInt8])
        case received(ResponseAPDU)
        case failed(CardError)
    }

    public enum Action: Sendable, Equatable {
        case show(UserInterfaceRequest)
        /// The field goes off and stays off for so many units of 100 ms.
        case fieldOff(Int)
        /// The field goes on, and the reader waits for a card.
        case poll
        case transmit(CommandAPDU)
        /// As ``ContactlessTransaction/Step/commit(_:)``.
        case commit(CommandAPDU)
        case finished(ContactlessOutcome, OutcomeParameters)
    }

    private enum Phase: Sendable {
        case idle
        case polling
        case colliding
        case talking
        case finished
    }

    /// Presentations of one transaction; the last one's outcome is final.
    public static let greatestPresentations = 16

    private var transaction: ContactlessTransaction
    private var phase = Phase.idle
    /// The restart flag and what was retained with it (Book A §8.1.1.9).
    private var onRestart: UserInterfaceRequest?
    private var presentations = 0

    public init(_ transaction: ContactlessTransaction) { self.transaction = transaction }

    /// With the number of the newest presentation.
    public var parameters: TransactionParameters { transaction.parameters }

    /// What to do now, in order; nothing for an event that does not fit.
    public mutating func handle(_ event: Event) -> [Action] {
        switch (phase, event) {
        case (.idle, .startedAtA):
            if case .finished(let outcome)? = transaction.preprocess() { return conclude(outcome) }
            return activate()
        case (.idle, .startedAtB):
            transaction.skipPreprocessing()
            return activate()
        case (.polling, .collision):
            // 3.2.1.4
            phase = .colliding
            return [.show(UserInterfaceRequest(.presentOneCard, .processingError))]
        case (.colliding, .collisionCleared):
            // 3.2.1.5
            phase = .polling
            return [.show(UserInterfaceRequest(.presentOneCard, .readyToRead)), .poll]
        case (.polling, .cardActivated(let number)):
            presentations += 1
            guard let step = try? transaction.restart(unpredictableNumber: number) else { return [] }
            phase = .talking
            return follow(step)
        case (.talking, .received(let response)): return follow(transaction.received(response))
        case (.talking, .failed(let error)):
            // 3.3.3.7: before a kernel is active there is no outcome, only another start.
            if transaction.isSelecting, presentations < Self.greatestPresentations {
                onRestart = nil
                return activate()
            }
            return follow(transaction.failed(error))
        default: return []
        }
    }

    /// Start B (§3.2.1.2, §3.2.1.3).
    private mutating func activate() -> [Action] {
        phase = .polling
        return [.show(onRestart ?? UserInterfaceRequest(.presentCard, .readyToRead)), .poll]
    }

    private mutating func follow(_ step: ContactlessTransaction.Step) -> [Action] {
        switch step {
        case .transmit(let command): [.transmit(command)]
        case .commit(let command): [.commit(command)]
        case .finished(let outcome): conclude(outcome)
        }
    }

    /// Outcome processing (§3.5.1).
    private mutating func conclude(_ outcome: ContactlessOutcome) -> [Action] {
        let parameters = transaction.outcomeParameters ?? OutcomeParameters(outcome)
        var actions: [Action] = []
        if let request = parameters.onOutcome { actions.append(.show(request)) }
        if let time = parameters.fieldOff { actions.append(.fieldOff(time)) }
        if parameters.start == .b, presentations < Self.greatestPresentations {
            onRestart = parameters.onRestart
            return actions + activate()
        }
        phase = .finished
        return actions + [.finished(outcome, parameters)]
    }
}

extension EntryPoint: CustomStringConvertible, CustomReflectable {
    public var description: String { "EntryPoint(\(phase), \(transaction))" }
    public var customMirror: Mirror { Mirror(self, children: ["stage": description]) }
}
