import Core
import EMV
import Testing

@Suite("EMV Book 3 annex C: TVR, TSI, AIP, CVM list and results")
struct BitFieldTests {
    /// Byte and value of each bit as the book's tables print them.
    @Test("TVR bits stand where annex C5 puts them", arguments: [
        (TVR.dataAuthenticationNotPerformed, "8000000000"), (.staticDataAuthenticationFailed, "4000000000"),
        (.cardDataMissing, "2000000000"), (.onExceptionFile, "1000000000"), (.dynamicDataAuthenticationFailed, "0800000000"),
        (.combinedDataAuthenticationFailed, "0400000000"), (.staticDataAuthenticationSelected, "0200000000"),
        (.applicationVersionsDiffer, "0080000000"), (.applicationExpired, "0040000000"),
        (.applicationNotYetEffective, "0020000000"), (.serviceNotAllowed, "0010000000"), (.newCard, "0008000000"),
        (.verificationFailed, "0000800000"), (.unrecognisedVerificationMethod, "0000400000"),
        (.pinTryLimitExceeded, "0000200000"), (.pinPadMissing, "0000100000"), (.pinNotEntered, "0000080000"),
        (.onlinePINCaptured, "0000040000"), (.floorLimitExceeded, "0000008000"), (.lowerOfflineLimitExceeded, "0000004000"),
        (.upperOfflineLimitExceeded, "0000002000"), (.selectedAtRandom, "0000001000"), (.forcedOnline, "0000000800"),
        (.defaultTDOLUsed, "0000000080"), (.issuerAuthenticationFailed, "0000000040"),
        (.scriptFailedBeforeFinalCryptogram, "0000000020"), (.scriptFailedAfterFinalCryptogram, "0000000010"),
    ])
    func tvr(bit: TVR, hex: String) throws {
        #expect(Hex.encode(bit.bytes) == hex)
        #expect(TVR(bytes: try #require(Hex.decode(hex))) == bit)
        #expect(bit.namesOfSetBits.count == 1)
    }

    @Test("TSI and AIP bits stand where annexes C6 and C1 put them")
    func others() {
        #expect(TSI([.dataAuthenticationPerformed, .verificationPerformed, .terminalRiskManagementPerformed]).bytes == [0xC8, 0])
        #expect(TSI([.cardRiskManagementPerformed, .issuerAuthenticationPerformed, .scriptProcessingPerformed]).bytes == [0x34, 0])
        #expect(ApplicationInterchangeProfile(bytes: [0x7D, 0x00]) == [
            .staticDataAuthentication, .dynamicDataAuthentication, .cardholderVerification, .terminalRiskManagement,
            .issuerAuthentication, .combinedDataAuthentication,
        ])
    }

    @Test("Every name is said once, and bits without one are told apart")
    func names() {
        #expect(Set(TVR.names.map(\.name)).count == TVR.names.count && Set(TVR.names.map(\.bit)).count == TVR.names.count)
        #expect(Set(TSI.names.map(\.bit)).count == TSI.names.count)
        #expect(TVR(rawValue: 0x80_0000_0001).description == "offline data authentication was not performed")
        #expect(TVR(rawValue: 0x80_0000_0001).unnamed.rawValue == 1)
        #expect(TVR(bytes: [0, 0, 0, 0]) == nil && TVR(rawValue: .max).bytes == [0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        #expect(TSI().description == "none")
    }

    @Test("A CVM list: X 10.00, Y 20.00, enciphered PIN else signature, no CVM under X")
    func list() throws {
        let list = try #require(CVMList(Hex.decode("00000" + "3E8000007D0" + "44031E031F06") ?? []))
        #expect(list.amountX == 1000 && list.amountY == 2000)
        #expect(list.rules.map(\.code) == [.encipheredPIN, .signature, .noneRequired])
        #expect(list.rules.map(\.condition) == [.terminalSupportsMethod, .terminalSupportsMethod, .underX])
        #expect(list.rules.map(\.continuesOnFailure) == [true, false, false])
        #expect(list.rules.flatMap(\.bytes) == [0x44, 0x03, 0x1E, 0x03, 0x1F, 0x06])
        #expect(CVMList([0, 0, 0, 0, 0, 0, 0]) == nil && CVMList([UInt8](repeating: 0, count: 9)) == nil)
        #expect(CVMList([UInt8](repeating: 0, count: 8))?.rules.isEmpty == true)
    }

    @Test func results() {
        #expect(CVMResults.notPerformed.bytes == [0x3F, 0, 0] && CVMResults.noRuleApplied.bytes == [0x3F, 0, 1])
        #expect(CVMResults(bytes: [0x41, 0x03, 0x02])?.code == .plaintextPIN)
        #expect(CVMResults(bytes: [0x41, 0x03, 0x07])?.resultName == nil && CVMResults(bytes: [0x41]) == nil)
    }
}
