import CPCSCLite
import Glibc
import SmartCard

/// One reader's context and, during a tap, its card handle. Confined to one thread; every call may block, and says so to
/// ``CallClock`` for the watchdog.
final class CardSession {
    let reader: String
    let calls: CallClock
    private(set) var context: SCARDCONTEXT?
    private var card: SCARDHANDLE?
    private var activeProtocol = DWORD(SCARD_PROTOCOL_T1)
    /// 65548 bytes, once: an answer that does not fit is lost after the card has carried the command out.
    let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: kassa_pcsc_buffer_bytes)

    init(reader: String, calls: CallClock) {
        self.reader = reader
        self.calls = calls
    }

    deinit {
        close()
        buffer.deallocate()
    }

    /// Connects and begins a transaction. On a throw nothing is held but, perhaps, the context.
    func begin() throws(CardError) {
        var machine = ConnectMachine(hasContext: context != nil)
        var order = machine.first
        while true {
            if calls.isAbandoned { order = .fail(.stuck) }
            switch order {
            case .ready: return
            case .fail(let error):
                disconnect(SCARD_LEAVE_CARD)
                if error == .serviceLost { dropContext() }
                throw error
            default: order = machine.next(after: perform(order))
            }
        }
    }

    /// Ends the transaction and lets the card go.
    func end(reset: Bool) {
        if let card { _ = calls.time { SCardEndTransaction(card, DWORD(SCARD_LEAVE_CARD)) } }
        disconnect(reset ? SCARD_RESET_CARD : SCARD_LEAVE_CARD)
    }

    /// The whole response of the card; fewer than two bytes count as a card that has gone (ACR122U answers so).
    func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
        guard let card else { throw .removed }
        guard command.count >= 4 else { throw .malformedCommand }
        // Header, extended Lc, 65535 bytes, extended Le.
        guard command.count <= 65_544 else { throw .commandTooLong(bytes: command.count) }
        var received = 0
        let code = calls.time {
            PCSCCode(
                rawValue: kassa_pcsc_transmit(
                    card, activeProtocol, command, command.count, buffer.baseAddress, buffer.count, &received))
        }
        if calls.isAbandoned { throw .stuck }
        guard code == .success else { throw code.cardError }
        guard received >= 2 else { throw .emptyResponse }
        return Array(UnsafeBufferPointer(rebasing: buffer[..<received]))
    }

    /// The ATR by the card's handle. `SCardStatus` would give it too, but writes the table that the monitor reads.
    func answerToReset() -> [UInt8] {
        guard let card else { return [] }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(MAX_ATR_SIZE)) { atr in
            var length = DWORD(atr.count)
            let code = PCSCCode(
                calls.time { SCardGetAttrib(card, kassa_pcsc_attribute_atr, atr.baseAddress, &length) })
            return code == .success ? Array(atr.prefix(Int(clamping: length))) : []
        }
    }

    /// After pcscd has gone the release reports an error and still frees the client side: always made.
    func dropContext() {
        disconnect(SCARD_LEAVE_CARD)
        if let context { _ = calls.time { SCardReleaseContext(context) } }
        context = nil
    }

    func close() {
        disconnect(SCARD_RESET_CARD)
        dropContext()
    }

    func establish() -> PCSCCode {
        var fresh = SCARDCONTEXT()
        let code = PCSCCode(calls.time { SCardEstablishContext(DWORD(SCARD_SCOPE_SYSTEM), nil, nil, &fresh) })
        if code == .success { context = fresh }
        return code
    }

    /// A control on the card's own handle.
    /// - Parameter allowance: ms beyond the watchdog's limit.
    func controlCard(_ code: UInt32, _ data: [UInt8], allowance: UInt64) throws(CardError) -> [UInt8] {
        guard let card else { throw .removed }
        return try control(card, code, data, allowance: allowance)
    }

    private func disconnect(_ disposition: Int32) {
        if let card { _ = calls.time { SCardDisconnect(card, DWORD(disposition)) } }
        card = nil
    }

    private func perform(_ order: ConnectMachine.Order) -> PCSCCode {
        switch order {
        case .establish: return establish()
        case .connect(let exclusive):
            guard let context else { return .noService }
            var handle = SCARDHANDLE()
            let share = DWORD(exclusive ? SCARD_SHARE_EXCLUSIVE : SCARD_SHARE_SHARED)
            let code = PCSCCode(
                calls.time { SCardConnect(context, reader, share, Self.protocols, &handle, &activeProtocol) })
            if code == .success { card = handle }
            return code
        case .begin:
            guard let card else { return .invalidHandle }
            return PCSCCode(calls.time { SCardBeginTransaction(card) })
        case .reconnect:
            guard let card else { return .invalidHandle }
            return PCSCCode(
                calls.time {
                    SCardReconnect(
                        card, DWORD(SCARD_SHARE_SHARED), Self.protocols, DWORD(SCARD_LEAVE_CARD), &activeProtocol)
                })
        case .dropContext: dropContext()
        case .pause(let milliseconds): usleep(milliseconds &* 1_000)
        case .ready, .fail: break
        }
        return .success
    }

    private static let protocols = DWORD(SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)
}
