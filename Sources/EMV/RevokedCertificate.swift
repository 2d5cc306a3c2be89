/// An issuer certificate that its scheme has revoked (EMV Book 2 §5.1.2): it authenticates nothing any more.
public struct RevokedCertificate: Sendable, Hashable {
    /// Registered application provider, five bytes.
    public let rid: [UInt8]
    /// Of the CA key that signed it.
    public let index: UInt8
    /// Certificate serial number, three bytes.
    public let serial: [UInt8]

    /// Nil for a provider or a serial number of another length.
    public init?(rid: [UInt8], index: UInt8, serial: [UInt8]) {
        guard rid.count == 5, serial.count == 3 else { return nil }
        (self.rid, self.index, self.serial) = (rid, index, serial)
    }
}
