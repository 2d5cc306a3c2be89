import SmartCard
import Testing

@testable import PCSC

@Suite struct MappingTests {
    @Test(arguments: [
        (PCSCCode.removedCard, CardError.removed), (.noSmartCard, .removed), (.notTransacted, .removed),
        (.protocolMismatch, .removed), (.unresponsiveCard, .unresponsive), (.unpoweredCard, .unresponsive),
        (.resetCard, .reset), (.sharingViolation, .sharingViolation), (.unknownReader, .readerGone),
        (.readerUnavailable, .readerGone), (.invalidValue, .readerGone), (.noReadersAvailable, .readerGone), (.noService, .serviceLost),
        (.serviceStopped, .serviceLost), (.communicationError, .serviceLost), (.invalidHandle, .serviceLost),
        (.securityViolation, .reader(code: 0x8010_006A)), (.insufficientBuffer, .reader(code: 0x8010_0008)),
    ])
    func everyCodeHasOneError(_ code: PCSCCode, _ error: CardError) {
        #expect(code.cardError == error)
    }

    @Test(arguments: [
        ("ACS ACR1252 1S CL Reader [ACR1252 Reader PICC] 00 00", true),
        ("ACS ACR1252 1S CL Reader [ACR1252 Reader SAM] 00 01", false),
        ("ACS ACR1281 1S Dual Reader ICC 00 00", false), ("ACS ACR1281 1S Dual Reader PICC 00 01", true),
        ("ACS ACR1281 1S Dual Reader SAM 00 02", false), ("HID Global OMNIKEY 5422 Smartcard Reader [x CL] 00 00", true),
        ("ACS ACR122U PICC Interface 00 00", true), ("Virtual PCD 00 00", true), ("SAMSON reader 00 00", true), ("", true),
    ])
    func slotsOfCompositeReaders(_ name: String, _ takesCard: Bool) {
        #expect(SlotNames.takesPayerCard(name) == takesCard)
    }

    @Test(arguments: [
        ("A\0B C\0\0", ["A", "B C"]), ("", []), ("\0", []), ("A\0", ["A"]), ("A\0\0B\0\0", ["A"]), ("unended", []),
    ])
    func multiStrings(_ text: String, _ names: [String]) {
        #expect(SlotNames.split(Array(text.utf8)) == names)
    }

    /// Codes that the calls give in turn, and the orders that follow from them.
    @Test(arguments: [
        (true, [.success, .success], [.connect(exclusive: true), .begin, .ready]),
        (false, [.success, .success, .success], [.establish, .connect(exclusive: true), .begin, .ready]),
        (true, [.sharingViolation, .success, .success],
            [.connect(exclusive: true), .connect(exclusive: false), .begin, .ready]),
        (true, [.noSmartCard], [.connect(exclusive: true), .fail(.removed)]),
        (true, [.noService, .success, .success, .success, .success],
            [.connect(exclusive: true), .dropContext, .establish, .connect(exclusive: true), .begin, .ready]),
        (true, [.noService, .success, .noService],
            [.connect(exclusive: true), .dropContext, .establish, .fail(.serviceLost)]),
        (true, [.success, .resetCard, .success, .success],
            [.connect(exclusive: true), .begin, .reconnect, .begin, .ready]),
        (true, [.success, .removedCard], [.connect(exclusive: true), .begin, .fail(.removed)]),
        (true, [.unresponsiveCard, .success, .success, .success],
            [.connect(exclusive: true), .pause(milliseconds: 50), .connect(exclusive: true), .begin, .ready]),
    ] as [(Bool, [PCSCCode], [ConnectMachine.Order])])
    func connecting(_ hasContext: Bool, _ codes: [PCSCCode], _ orders: [ConnectMachine.Order]) {
        var machine = ConnectMachine(hasContext: hasContext)
        #expect([machine.first] + codes.map { machine.next(after: $0) } == orders)
    }

    @Test(arguments: [
        (PCSCCode.unresponsiveCard, CardError.unresponsive), (.protocolMismatch, .removed),
        (.sharingViolation, .sharingViolation), (.resetCard, .reset),
    ])
    func triesAreBounded(_ code: PCSCCode, _ error: CardError) {
        var machine = ConnectMachine(hasContext: true)
        var order = machine.first
        for _ in 0..<40 {
            if case .fail(let failure) = order { return #expect(failure == error) }
            order = machine.next(after: order == .connect(exclusive: true) && code == .resetCard ? .success : code)
        }
        Issue.record("no end")
    }
}
