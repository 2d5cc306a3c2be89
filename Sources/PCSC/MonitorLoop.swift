import CPCSCLite
import Core
import Glibc
import Workers

/// Carries out what ``MonitorMachine`` orders, on one thread with a context of its own. `SCardListReaders` and
/// `SCardGetStatusChange` are called here and nowhere else: before pcsc-lite 2.0.1 they share a table of reader states
/// across contexts without a lock.
final class MonitorLoop: Sendable {
    private struct Control: Sendable {
        var isStopping = false
        var hasEnded = false
        var context: SCARDCONTEXT?
    }

    private let control = Condition(Control())
    private let wait: UInt64
    private let now: @Sendable () -> UTCInstant

    init(wait: UInt64, now: @escaping @Sendable () -> UTCInstant) {
        self.wait = wait
        self.now = now
    }

    /// Blocks until ``requestStop()``. `publish` gets the machine after every step that changed something.
    func run(publish: (MonitorMachine, [SystemEvent]) -> Void) {
        var machine = MonitorMachine(wait: wait)
        var step = machine.start()
        while !control.withLock({ $0.isStopping }) {
            let input = perform(step.order)
            let plugs = machine.plugs
            step = machine.handle(input, at: now())
            if !step.events.isEmpty || machine.plugs != plugs { publish(machine, step.events) }
        }
        _ = release()
        control.update { $0.hasEnded = true }
    }

    /// Ends the loop and waits for it. A cancel that comes just before the wait begins is lost (and still reports
    /// success), so it is repeated until the thread is out. Blocks, at most a little longer than one bounded wait.
    func stop() {
        let rounds = wait / 20 &+ 100
        for _ in 0..<rounds {
            let context = control.update { control in
                control.isStopping = true
                return control.context
            }
            if let context { _ = SCardCancel(context) }
            let ended = control.wait(until: MonotonicClock.deadline(milliseconds: 20)) { $0.hasEnded ? true : nil }
            if ended == true { return }
        }
    }

    private func perform(_ order: MonitorMachine.Order) -> MonitorMachine.Input {
        switch order {
        case .establish: return establish()
        case .list: return list()
        case .wait(let watches, let milliseconds): return observe(watches, milliseconds)
        case .release: return release()
        case .pause(let milliseconds):
            let deadline = MonotonicClock.deadline(milliseconds: milliseconds)
            _ = control.wait(until: deadline) { $0.isStopping ? true : nil }
            return .paused
        }
    }

    private func establish() -> MonitorMachine.Input {
        var context = SCARDCONTEXT()
        let code = PCSCCode(SCardEstablishContext(DWORD(SCARD_SCOPE_SYSTEM), nil, nil, &context))
        guard code != .securityViolation else { return .refused(clients: ServiceClients.count()) }
        guard code == .success else { return .failed(code) }
        control.withLock { $0.context = context }
        return .established
    }

    private func release() -> MonitorMachine.Input {
        let context = control.withLock { control in
            defer { control.context = nil }
            return control.context
        }
        if let context { _ = SCardReleaseContext(context) }
        return .released
    }

    private func list() -> MonitorMachine.Input {
        guard let context = control.withLock({ $0.context }) else { return .failed(.noService) }
        // One call with room for 500 names: asking for the length first would race with plugging.
        let names = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 65_536) {
            buffer -> Result<[String], CodeFailure> in
            var length = DWORD(buffer.count)
            let code = PCSCCode(SCardListReaders(context, nil, buffer.baseAddress, &length))
            guard code == .success else { return .failure(CodeFailure(code: code)) }
            let count = min(Int(clamping: length), buffer.count)
            return .success(SlotNames.split(buffer.prefix(count).map { UInt8(bitPattern: $0) }))
        }
        switch names {
        case .success(let names): return .listed(names)
        case .failure(let failure): return .failed(failure.code)
        }
    }

    private func observe(_ watches: [MonitorMachine.Watch], _ milliseconds: UInt64) -> MonitorMachine.Input {
        guard let context = control.withLock({ $0.context }) else { return .failed(.noService) }
        // The library keeps no pointer past the call, but needs the names for all of it.
        var states = watches.map { watch in
            var state = SCARD_READERSTATE()
            state.szReader = UnsafePointer(strdup(watch.reader))
            state.dwCurrentState = DWORD(watch.known.rawValue)
            return state
        }
        defer { for state in states { free(UnsafeMutablePointer(mutating: state.szReader)) } }
        guard states.allSatisfy({ $0.szReader != nil }) else { return .failed(.internalError) }
        let code = PCSCCode(SCardGetStatusChange(context, DWORD(milliseconds), &states, DWORD(states.count)))
        guard code == .success else { return .failed(code) }
        return .observed(
            zip(watches, states).map { watch, state in
                MonitorMachine.Observation(
                    reader: watch.reader,
                    state: ReaderState(rawValue: UInt32(truncatingIfNeeded: state.dwEventState)),
                    answerToReset: withUnsafeBytes(of: state.rgbAtr) { Array($0.prefix(Int(clamping: state.cbAtr))) })
            })
    }
}

private struct CodeFailure: Error { let code: PCSCCode }

extension PCSCCode {
    init(_ result: LONG) { self.init(rawValue: kassa_pcsc_code(result)) }
}
