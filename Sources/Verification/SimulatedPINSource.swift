import Secrets
import SmartCard
import Synchronization

/// A payer made of values, for tests and the demo: presses keys with pauses between them, or is a pinpad that answers for the
/// card. Time is counted, not waited for.
public final class SimulatedPINSource<Scope: PINScope>: PINEntrySource {
    /// What the payer does when asked.
    public enum Behaviour: Sendable {
        /// Each key after so many milliseconds. When they are used up without an end, the entry times out.
        case keys([(after: Int64, key: PINEntryCarrier.Key)])
        /// A reader with its own pinpad.
        case reader(StatusWord)
        case absent
    }

    /// Digits, then enter, a fifth of a second apart. Nil for anything but characters 0–9.
    public static func typing(_ digits: String) -> Behaviour? {
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return .keys(digits.utf8.map { (200, .digit($0 & 0x0F)) } + [(200, .enter)])
    }

    private let behaviours: Mutex<[Behaviour]>

    /// - Parameter behaviours: one for each time it is asked; the last one stays.
    public init(_ behaviours: [Behaviour]) { self.behaviours = Mutex(behaviours) }

    public func enter(
        _ request: PINEntryRequest<Scope>, shown: @escaping @Sendable (Int) async -> Void
    ) async -> PINEntryResult {
        let behaviour = behaviours.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? .absent }
        switch behaviour {
        case .absent: return .failed(.noDevice)
        case .reader(let status): return .verifiedByReader(status)
        case .keys(let keys):
            var carrier: PINEntryCarrier
            do throws(SecretMemoryError) {
                carrier = try PINEntryCarrier(request)
            } catch {
                return .failed(.memory(error))
            }
            var now: Int64 = 0
            for effect in carrier.amountShown(at: now) {
                if case .show(let stars) = effect { await shown(stars) }
            }
            for (pause, key) in keys where carrier.outcome == nil {
                if Task.isCancelled { break }
                now += max(0, min(pause, 2 * PINEntryMachine.greatestTime))
                for effect in carrier.press(key, at: now) {
                    if case .show(let stars) = effect { await shown(stars) }
                }
            }
            if carrier.outcome == nil, !Task.isCancelled {
                now += PINEntryMachine.greatestTime
                for effect in carrier.timerFired(at: now) {
                    if case .show(let stars) = effect { await shown(stars) }
                }
            }
            return carrier.result()
        }
    }
}
