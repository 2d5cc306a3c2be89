import Secrets

/// A key that can't be used yet. ``withState(_:)`` lends the terminal's new state: seal it, commit it, read it back, unseal it, and
/// ``open(readBack:)`` with what was read. Dropped, the key is gone, and its counter with it.
public struct PendingDUKPTKey: ~Copyable, Sendable {
    private let key: DUKPTTransactionKey
    private let state: SecretBytes

    init(_ key: consuming DUKPTTransactionKey, _ state: consuming SecretBytes) {
        self.key = key
        self.state = state
    }

    /// Of the key; shown in no request before the key is open.
    public var serialNumber: KeySerialNumber { key.serialNumber }

    /// Lends what is to be stored. It holds keys.
    public borrowing func withState<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try state.withBytes(body)
    }

    /// The key, once the state is on stable storage.
    /// - Parameter readBack: what the store gives after its commit.
    /// - Throws: ``DUKPTError/notStored`` when it is anything else than this state.
    public consuming func open(readBack: borrowing SecretBytes) throws(DUKPTError) -> DUKPTTransactionKey {
        guard state.isEqualInConstantTime(to: readBack) else { throw .notStored }
        return key
    }
}

/// The key of one transaction, and what is derived from it. A terminal has it once; the host derives it from the serial number.
public struct DUKPTTransactionKey: ~Copyable, Sendable {
    public let scheme: DUKPTScheme
    public let serialNumber: KeySerialNumber
    let bytes: SecretBytes

    init(scheme: DUKPTScheme, serialNumber: KeySerialNumber, _ bytes: consuming SecretBytes) {
        (self.scheme, self.serialNumber) = (scheme, serialNumber)
        self.bytes = bytes
    }

    /// What a key for messages protects.
    public enum Direction: Sendable, Hashable {
        /// From terminal to host.
        case request
        case response
    }

    /// For PIN blocks.
    /// - Parameter type: of an AES key; at most as long as the key it comes from. Nil, and for triple DES: as long as that.
    public func pinKey(_ type: AESDUKPT.KeyType? = nil) throws(CipherKeyError) -> CipherKey {
        switch scheme {
        case .tdes: try CipherKey(.tdes, try TDESDUKPT.variant(bytes, at: 7))
        case .aes128, .aes256: try aesKey(.pinEncryption, type)
        }
    }

    /// For data: CBC.
    public func dataKey(_ direction: Direction, _ type: AESDUKPT.KeyType? = nil) throws(CipherKeyError) -> CipherKey {
        switch scheme {
        case .tdes: try TDESDUKPT.dataKey(bytes, at: direction == .request ? 5 : 3)
        case .aes128, .aes256: try aesKey(direction == .request ? .dataEncryption : .dataDecryption, type)
        }
    }

    /// For messages: of triple DES the variant for the retail MAC, of AES a key for CMAC.
    public func macKey(_ direction: Direction, _ type: AESDUKPT.KeyType? = nil) throws(CipherKeyError) -> CipherKey {
        switch scheme {
        case .tdes: try CipherKey(.tdes, try TDESDUKPT.variant(bytes, at: direction == .request ? 6 : 4))
        case .aes128, .aes256: try aesKey(direction == .request ? .macGeneration : .macVerification, type)
        }
    }

    /// A message's authentication: four bytes of the retail MAC (ANSI X9.19), or the sixteen of a CMAC.
    public func mac(_ message: [UInt8], _ direction: Direction) throws(CipherKeyError) -> [UInt8] {
        let key = try macKey(direction)
        return scheme == .tdes ? try TDESDUKPT.retailMAC(key.bytes, message) : try key.mac(message)
    }

    /// Any key that X9.24-3 names.
    /// - Throws: ``CipherKeyError/keyLength(_:)`` when it would be longer than the key it comes from, or this is triple DES.
    func aesKey(_ usage: AESDUKPT.Usage, _ type: AESDUKPT.KeyType?) throws(CipherKeyError) -> CipherKey {
        let own: AESDUKPT.KeyType = scheme == .aes256 ? .aes256 : .aes128
        let type = type ?? own
        guard scheme != .tdes, type <= own else { throw .keyLength(type.length) }
        return try CipherKey(.aes, try AESDUKPT.derived(bytes, usage, type, AESDUKPT.place(serialNumber)))
    }

    /// The PIN for the issuer: format 0 under the PIN variant of triple DES, format 4 under AES.
    public func encipher(
        _ pin: borrowing PIN, _ account: AccountNumberField, using generator: inout some RandomNumberGenerator
    ) throws(CipherKeyError) -> EncipheredPIN {
        let key = try pinKey()
        let format: PINBlockFormat
        let block: [UInt8]
        switch scheme {
        case .tdes:
            format = .zero
            block = try ClearPINBlock.zero(pin, account).enciphered(under: key, nil)
        case .aes128, .aes256:
            format = .four
            block = try ClearPINBlock.four(pin, using: &generator).enciphered(under: key, account)
        }
        return EncipheredPIN(format: format, keySerialNumber: serialNumber, block: block)
    }
}
