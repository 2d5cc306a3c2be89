import Secrets

/// A PIN on its way to the issuer with the authorisation of this very payment: enciphered, with the serial number of the key.
/// It has one owner and no encoding, so that it can't end in a queue or a store (ALL-5; ISO 9564-1 §8): the request takes it out
/// once.
public struct EncipheredPIN: ~Copyable, Sendable {
    public let format: PINBlockFormat
    public let keySerialNumber: KeySerialNumber
    private let block: [UInt8]

    init(format: PINBlockFormat, keySerialNumber: KeySerialNumber, block: [UInt8]) {
        (self.format, self.keySerialNumber, self.block) = (format, keySerialNumber, block)
    }

    /// The bytes for the one request: DE 52, or its like.
    public consuming func takeForAuthorisation() -> [UInt8] { block }
}
