import Core
import Crypto

/// What contact cards need besides (EMV Book 2 tables 3 and 19).
extension TestIssuer {
    /// Tag 93: the static data under the issuer's key, with a data authentication code.
    static func staticSignature(code: [UInt8], staticData: [UInt8]) -> [UInt8]? {
        signed(TestKeys.issuer, head: [0x03, 0x01] + code, hashed: staticData)
    }

    /// Tag 9F4B for CDA: the dynamic number, the cryptogram and the hash of the transaction's data.
    static func combinedSignature(
        dynamicNumber: [UInt8], information: UInt8, cryptogram: [UInt8], transactionData: [UInt8],
        unpredictableNumber: [UInt8]
    ) -> [UInt8]? {
        let dynamic = [UInt8(truncatingIfNeeded: dynamicNumber.count)] + dynamicNumber + [information] + cryptogram
            + Array(Insecure.SHA1.hash(data: transactionData))
        return signed(
            TestKeys.card, head: [0x05, 0x01, UInt8(truncatingIfNeeded: dynamic.count)] + dynamic, hashed: unpredictableNumber)
    }
}
