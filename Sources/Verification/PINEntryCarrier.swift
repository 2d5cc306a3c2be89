import Secrets

/// Carries a ``PINEntryMachine`` out over a ``PINBuffer``: what a source that sees keys needs. One owner; it keeps no digit beyond
/// its end.
public struct PINEntryCarrier: ~Copyable, Sendable {
    /// A key of a keypad.
    public enum Key: Sendable {
        /// 0–9.
        case digit(UInt8)
        case backspace
        case clear
        case enter
        case cancel
        case bypass
    }

    /// What is left for the source to do.
    public enum Effect: Sendable, Hashable {
        case show(stars: Int)
        case refuse
        case wake(at: Int64)
        case finish(PINEntryMachine.Outcome)
    }

    private var machine: PINEntryMachine
    private var buffer: PINBuffer

    public init<Scope>(_ request: PINEntryRequest<Scope>) throws(SecretMemoryError) {
        machine = PINEntryMachine(request)
        buffer = try PINBuffer()
    }

    public var outcome: PINEntryMachine.Outcome? { machine.outcome }

    public mutating func press(_ key: Key, at now: Int64) -> [Effect] {
        switch key {
        case .digit(let digit): digit <= 9 ? carry(machine.handle(.digit, at: now), digit) : []
        case .backspace: carry(machine.handle(.backspace, at: now))
        case .clear: carry(machine.handle(.clear, at: now))
        case .enter: carry(machine.handle(.enter, at: now))
        case .cancel: carry(machine.handle(.cancel, at: now))
        case .bypass: carry(machine.handle(.bypass, at: now))
        }
    }

    public mutating func amountShown(at now: Int64) -> [Effect] { carry(machine.handle(.amountShown, at: now)) }
    public mutating func timerFired(at now: Int64) -> [Effect] { carry(machine.handle(.timer, at: now)) }
    public mutating func deviceLost(at now: Int64) -> [Effect] { carry(machine.handle(.deviceLost, at: now)) }

    private mutating func carry(_ actions: [PINEntryMachine.Action], _ digit: UInt8? = nil) -> [Effect] {
        var effects: [Effect] = []
        for action in actions {
            switch action {
            case .append: if let digit { buffer.append(digit) }
            case .removeLast: buffer.removeLast()
            case .clear: buffer.clear()
            case .show(let stars): effects.append(.show(stars: stars))
            case .refuse: effects.append(.refuse)
            case .wake(let at): effects.append(.wake(at: at))
            case .finish(let outcome): effects.append(.finish(outcome))
            }
        }
        return effects
    }

    /// What came of it; an entry without an end is one that was cancelled.
    public consuming func result() -> PINEntryResult {
        switch machine.outcome {
        case .entered:
            guard let pin = buffer.finished() else { return .failed(.notSupported) }
            return .entered(pin)
        case .bypassed: return .bypassed
        case .timedOut: return .timedOut
        case .deviceLost: return .failed(.noDevice)
        case .cancelled, nil: return .cancelled
        }
    }
}
