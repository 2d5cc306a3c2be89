import CPCSCLite
import SmartCard

/// Talks to the reader itself, with a card in it or not (`SCARD_SHARE_DIRECT`, which pcsc-lite shares with others).
extension CardSession {
    /// One connection to the reader.
    struct Direct {
        fileprivate let session: CardSession
        fileprivate let handle: SCARDHANDLE

        /// Nil when the driver does not know the attribute.
        func attribute(_ name: DWORD) -> [UInt8]? {
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Int(MAX_BUFFER_SIZE)) { value in
                var length = DWORD(value.count)
                let code = PCSCCode(session.calls.time { SCardGetAttrib(handle, name, value.baseAddress, &length) })
                return code == .success ? Array(value.prefix(Int(clamping: length))) : nil
            }
        }

        /// - Throws: what the driver answers; mostly that it does not know the code, or that escapes are not allowed.
        func control(_ code: UInt32, _ data: [UInt8] = []) throws(CardError) -> [UInt8] {
            try session.control(handle, code, data)
        }
    }

    /// Connects to the reader, lets `body` talk to it, and leaves everything in it as it is.
    func withReader<Result>(_ body: (Direct) throws(CardError) -> Result) throws(CardError) -> Result {
        let handle = try connectDirectly()
        defer { _ = calls.time { SCardDisconnect(handle, DWORD(SCARD_LEAVE_CARD)) } }
        if calls.isAbandoned { throw .stuck }
        return try body(Direct(session: self, handle: handle))
    }

    /// - Parameter handle: of the reader or of a card in it.
    func control(
        _ handle: SCARDHANDLE, _ code: UInt32, _ data: [UInt8], allowance: UInt64 = 0
    ) throws(CardError) -> [UInt8] {
        guard data.count <= 65_536 else { throw .commandTooLong(bytes: data.count) }
        var received = DWORD(0)
        let result = PCSCCode(
            calls.time(allowance: allowance) {
                SCardControl(
                    handle, DWORD(code), data, DWORD(data.count), buffer.baseAddress, DWORD(buffer.count), &received)
            })
        if calls.isAbandoned { throw .stuck }
        guard result == .success else { throw result.cardError }
        return Array(buffer.prefix(Int(clamping: received)))
    }

    /// A context that died with its pcscd is renewed once.
    private func connectDirectly() throws(CardError) -> SCARDHANDLE {
        let isOld = context != nil
        var code = connectOnce()
        if code.code.meaning == .serviceLost, isOld, !calls.isAbandoned {
            dropContext()
            code = connectOnce()
        }
        if calls.isAbandoned { throw .stuck }
        guard code.code == .success else {
            if code.code.meaning == .serviceLost { dropContext() }
            throw code.code.cardError
        }
        return code.handle
    }

    private func connectOnce() -> (code: PCSCCode, handle: SCARDHANDLE) {
        var handle = SCARDHANDLE()
        if context == nil {
            let code = establish()
            guard code == .success else { return (code, handle) }
        }
        guard let context else { return (.noService, handle) }
        var active = DWORD(0)
        let code = PCSCCode(
            calls.time { SCardConnect(context, reader, DWORD(SCARD_SHARE_DIRECT), 0, &handle, &active) })
        return (code, handle)
    }

    /// Everything the driver says of its reader. What it does not know is missing.
    func facts() throws(CardError) -> ReaderFacts {
        try withReader { reader throws(CardError) in
            var facts = ReaderFacts()
            facts.channel = reader.attribute(kassa_pcsc_attribute_channel)
            facts.serial = reader.attribute(kassa_pcsc_attribute_serial)
            facts.features = (try? reader.control(kassa_pcsc_feature_request)).map(ReaderFeatures.init) ?? .none
            if let code = facts.features.code(.tlvProperties), let answer = try? reader.control(code) {
                facts.properties = ReaderProperties(answer)
            }
            // Where the address is known the kernel's list has the path, and old drivers are spared a strange code.
            if facts.usbAddress == nil { facts.topology = try? reader.control(kassa_pcsc_control_code(3601)) }
            if calls.isAbandoned { throw .stuck }
            return facts
        }
    }
}
