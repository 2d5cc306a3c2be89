import Core
import EMV
import Testing

@Suite("EMV Book 2 §8.2.2: the issuer's response cryptogram, version 18")
struct ResponseCryptogramTests {
    private func session() throws -> [UInt8] {
        let pan = try #require(PrimaryAccountNumber(digits: "1234567890123456"))
        let master = try ApplicationCryptogram.masterKey(
            issuerMasterKey: [UInt8](repeating: 0xAA, count: 16), pan: pan, panSequenceNumber: 0)
        return try ApplicationCryptogram.sessionKey(masterKey: master, atc: 0x0FFF)
    }

    @Test("The published example")
    func published() throws {
        let request = try #require(Hex.decode("769577B5ABE9FE62"))
        let found = try AuthorisationResponseCryptogram.compute(
            sessionKey: session(), request: request, statusUpdate: [0, 0, 0, 0])
        #expect(Hex.encode(found) == "76503F48")
        #expect(try AuthorisationResponseCryptogram.issuerAuthenticationData(
            sessionKey: session(), request: request, statusUpdate: [0, 0, 0, 0]) == found + [0, 0, 0, 0])
    }

    @Test("Anything of another length is refused")
    func lengths() throws {
        let key = try session()
        for (request, update, proprietary) in [(7, 4, 0), (8, 3, 0), (8, 4, 9)] {
            #expect(throws: ApplicationCryptogram.Failure.self) {
                try AuthorisationResponseCryptogram.compute(
                    sessionKey: key, request: [UInt8](repeating: 0, count: request),
                    statusUpdate: [UInt8](repeating: 0, count: update), proprietary: [UInt8](repeating: 0, count: proprietary))
            }
        }
    }
}
