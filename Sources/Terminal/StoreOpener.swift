import Core
import Logging
import Store
import Workers

/// Opens the store at a start, tries again while it can't be, and closes what a crash left open (architecture, invariant 4).
///
/// A store that is forward-only is tried again too, slowly: what was in the way of its migration may go, and then payments are
/// taken again without a restart.
struct StoreOpener: Sendable {
    /// Between two tries of a forward-only store: each may do a whole migration, and take it back.
    static let slowPace = Duration.seconds(60)

    let store: PaymentStore
    let thread: WorkerThread
    let clock: SystemClock
    let logger: Logger
    /// Told whether payments may start: not before what a crash left open is closed.
    let setReady: @Sendable (Bool) -> Void
    /// Told when there may be something to forward.
    let recordCommitted: @Sendable () -> Void
    var sleep: @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }

    /// Returns when the store is open and current, or the task is cancelled.
    func run() async {
        var wait = Duration.milliseconds(200)
        var wasForwardOnly = false
        while !Task.isCancelled {
            do {
                let (found, isCurrent) = try await thread.run { [store, clock] in
                    try store.open()
                    clock.adopt(try store.clock())
                    let found = try store.recover(now: clock.now) { Fresh.id(at: clock.now.instant) }
                    return (found, try store.isCurrent())
                }
                setReady(true)
                tell(found)
                recordCommitted()
                while try await thread.run({ [store] in try store.checkNext() }) {}
                if isCurrent {
                    if wasForwardOnly { logger.notice("store is current again", metadata: ["path": "\(store.path)"]) }
                    return
                }
                if !wasForwardOnly {
                    logger.error(
                        "store is forward-only", metadata: ["path": "\(store.path)", "remedy": "\(StoreError.notCurrent.remedy)"])
                }
                wasForwardOnly = true
                await sleep(StoreOpener.slowPace)
                // The next try may find a store that decides: nothing starts in it before it is recovered.
                setReady(false)
            } catch {
                setReady(false)
                let remedy = (error as? StoreError)?.remedy ?? "\(error)"
                logger.error("store can't be used", metadata: ["path": "\(store.path)", "remedy": "\(remedy)"])
                await sleep(wait)
                wait = min(wait * 2, .seconds(5))
            }
        }
    }

    private func tell(_ found: StartRecovery) {
        for payment in found.reversed {
            logger.warning("interrupted payment closed", metadata: ["payment": "\(payment)"])
        }
        for payment in found.torn {
            logger.error("payment left as it is: no commit leaves it so", metadata: ["payment": "\(payment)"])
        }
    }
}
