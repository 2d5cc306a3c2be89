import SmartCard

/// The issuer's answer to a cryptogram of version 18 (EMV Book 2 §8.2.2, method 2): the host computes it, the card verifies
/// it.
public enum AuthorisationResponseCryptogram {
    /// Card status update: four bytes that tell the card what to do with its counters.
    public static let statusUpdateLength = 4

    /// Four bytes: the MAC over ARQC ‖ card status update ‖ proprietary data, cut.
    /// - Parameters:
    ///   - sessionKey: of the ARQC's transaction counter.
    ///   - request: the ARQC, eight bytes.
    ///   - proprietary: at most eight bytes.
    public static func compute(
        sessionKey: [UInt8], request: [UInt8], statusUpdate: [UInt8], proprietary: [UInt8] = []
    ) throws(ApplicationCryptogram.Failure) -> [UInt8] {
        guard request.count == 8 else { throw .missing(EMVTag.applicationCryptogram) }
        guard statusUpdate.count == statusUpdateLength, proprietary.count <= 8 else {
            throw .missing(EMVTag.issuerAuthenticationData)
        }
        return Array(
            try ApplicationCryptogram.compute(sessionKey: sessionKey, data: request + statusUpdate + proprietary).prefix(4))
    }

    /// Tag 91 of version 18: response cryptogram, card status update, proprietary data.
    public static func issuerAuthenticationData(
        sessionKey: [UInt8], request: [UInt8], statusUpdate: [UInt8], proprietary: [UInt8] = []
    ) throws(ApplicationCryptogram.Failure) -> [UInt8] {
        try compute(sessionKey: sessionKey, request: request, statusUpdate: statusUpdate, proprietary: proprietary)
            + statusUpdate + proprietary
    }
}
