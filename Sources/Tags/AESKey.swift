import CCrypto

/// The cryptographic library refused: memory is short. What needed it has not happened.
public struct AESFailure: Error, Sendable, Hashable {}

/// A key of AES-128. One place holds its bytes, which are overwritten at its end; it prints nothing of itself.
public final class AESKey: @unchecked Sendable {
    static let length = 16
    static let zeroBlock = [UInt8](repeating: 0, count: length)

    /// Only this object points to it, and nobody writes to it but `init` and `deinit`.
    private let bytes: UnsafeMutablePointer<UInt8>

    /// Nil for anything but 16 bytes. The caller overwrites its own copy.
    public init?(_ key: some Collection<UInt8>) {
        guard key.count == Self.length else { return nil }
        bytes = .allocate(capacity: Self.length)
        for (place, byte) in key.enumerated() { bytes[place] = byte }
    }

    deinit {
        kassa_cleanse(bytes, Self.length)
        bytes.deallocate()
    }

    /// Whole blocks in CBC mode, without padding.
    func encrypt(_ data: [UInt8], iv: [UInt8] = AESKey.zeroBlock) throws(AESFailure) -> [UInt8] {
        try cipher(data, iv, encrypts: true)
    }

    /// Whole blocks in CBC mode, padding and all.
    func decrypt(_ data: [UInt8], iv: [UInt8] = AESKey.zeroBlock) throws(AESFailure) -> [UInt8] {
        try cipher(data, iv, encrypts: false)
    }

    /// AES-CMAC, 16 bytes (RFC 4493).
    func mac(_ data: [UInt8]) throws(AESFailure) -> [UInt8] {
        var out = Self.zeroBlock
        guard kassa_aes_cmac(bytes, Self.length, data, data.count, &out, out.count) == 1 else { throw AESFailure() }
        return out
    }

    /// Eight bytes: those at odd places of the CMAC, as NTAG 424 DNA and DESFire EV2 cut it (AN12196 §4.3).
    func shortMAC(_ data: [UInt8]) throws(AESFailure) -> [UInt8] {
        try mac(data).enumerated().compactMap { $0.offset % 2 == 1 ? $0.element : nil }
    }

    /// A key that is the CMAC of `data`.
    func derived(_ data: [UInt8]) throws(AESFailure) -> AESKey {
        var block = try mac(data)
        defer { block.withUnsafeMutableBytes { kassa_cleanse($0.baseAddress, $0.count) } }
        guard let key = AESKey(block) else { throw AESFailure() }
        return key
    }

    private func cipher(_ data: [UInt8], _ iv: [UInt8], encrypts: Bool) throws(AESFailure) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: data.count)
        let done = kassa_aes_cbc(
            bytes, Self.length, iv, iv.count, data, data.count, encrypts ? 1 : 0, &out, out.count)
        guard done == 1 else { throw AESFailure() }
        return out
    }

    /// Compares secrets and MACs in constant time; false for different lengths.
    static func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && kassa_equal(left, right, left.count) == 1
    }
}

extension AESKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "AESKey" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
