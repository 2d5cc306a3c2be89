import CCrypto
import Secrets

/// Which block cipher a payment key is for.
public enum BlockCipher: Sendable, Hashable {
    /// Triple DES with two keys (16 bytes) or three (24). Parity bits are carried along and mean nothing.
    case tdes
    /// AES-128, -192 or -256.
    case aes

    /// Bytes.
    public var blockLength: Int { self == .aes ? 16 : 8 }
    public var keyLengths: [Int] { self == .aes ? [16, 24, 32] : [16, 24] }
    var code: Int32 { Int32(self == .aes ? KASSA_AES : KASSA_TDES) }
}

/// Why a key could not be used; what needed it has not happened.
public enum CipherKeyError: Error, Sendable, Hashable {
    /// Bytes that no key of this cipher has.
    case keyLength(Int)
    /// The cryptographic library refused: memory is short.
    case cipher
    case memory(SecretMemoryError)
}

/// A key of a block cipher in locked memory, with one owner.
public struct CipherKey: ~Copyable, Sendable {
    public let cipher: BlockCipher
    let bytes: SecretBytes

    /// - Throws: ``CipherKeyError/keyLength(_:)``.
    public init(_ cipher: BlockCipher, _ bytes: consuming SecretBytes) throws(CipherKeyError) {
        guard cipher.keyLengths.contains(bytes.count) else { throw .keyLength(bytes.count) }
        self.cipher = cipher
        self.bytes = bytes
    }

    public var byteCount: Int { bytes.count }

    /// The first bytes of a proof that two hold the same key, which says nothing of the key (ANSI X9.24-1:2017 annex A): for AES
    /// five bytes of the CMAC of a block of zeros, for triple DES three bytes of such a block enciphered.
    public var checkValue: KeyCheckValue {
        get throws(CipherKeyError) {
            let zeros = [UInt8](repeating: 0, count: cipher.blockLength)
            switch cipher {
            case .aes: return KeyCheckValue(Array(try mac(zeros).prefix(5)))
            case .tdes: return KeyCheckValue(Array(try encipher(zeros).prefix(3)))
            }
        }
    }

    /// CMAC, a whole block (NIST SP 800-38B).
    public func mac(_ data: [UInt8]) throws(CipherKeyError) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: cipher.blockLength)
        let isDone = bytes.withBytes { key in
            kassa_blocks_cmac(cipher.code, key.baseAddress, key.count, data, data.count, &out) == 1
        }
        guard isDone else { throw .cipher }
        return out
    }

    /// Whole blocks, each for itself: for data that are no secret.
    func encipher(_ data: [UInt8]) throws(CipherKeyError) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: data.count)
        let isDone = bytes.withBytes { key in
            kassa_blocks(cipher.code, key.baseAddress, key.count, nil, data, data.count, 1, &out) == 1
        }
        guard isDone else { throw .cipher }
        return out
    }

    /// Whole blocks of a secret: what comes out may be seen.
    /// - Parameter initial: the block before the first, for CBC; nil for each block by itself.
    func encipher(_ secret: borrowing SecretBytes, initial: [UInt8]? = nil) throws(CipherKeyError) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: secret.count)
        guard initial == nil || initial?.count == cipher.blockLength else { throw .cipher }
        let isDone = bytes.withBytes { key in
            secret.withBytes { secret in
                Self.blocks(cipher, key, initial, secret, 1, &out)
            }
        }
        guard isDone else { throw .cipher }
        return out
    }

    /// Whole blocks that hold a secret.
    func decipher(_ data: [UInt8], initial: [UInt8]? = nil) throws(CipherKeyError) -> SecretBytes {
        guard initial == nil || initial?.count == cipher.blockLength else { throw .cipher }
        var secret = try SecretBytes.room(data.count)
        let isDone = bytes.withBytes { key in
            secret.withMutableBytes { secret in
                data.withUnsafeBufferPointer { data in Self.blocks(cipher, key, initial, data, 0, secret.baseAddress) }
            }
        }
        guard isDone else { throw .cipher }
        return secret
    }

    /// Whole blocks, each for itself, of what is a secret already.
    func decipher(_ secret: borrowing SecretBytes) throws(CipherKeyError) -> SecretBytes {
        var out = try SecretBytes.room(secret.count)
        let isDone = bytes.withBytes { key in
            secret.withBytes { secret in
                out.withMutableBytes { out in Self.blocks(cipher, key, nil, secret, 0, out.baseAddress) }
            }
        }
        guard isDone else { throw .cipher }
        return out
    }

    /// Replaces the secret by its cipher text, block by block.
    func encipher(inPlace secret: inout SecretBytes) throws(CipherKeyError) {
        let isDone = bytes.withBytes { key in
            secret.withMutableBytes { secret in
                Self.blocks(cipher, key, nil, UnsafeBufferPointer(secret), 1, secret.baseAddress)
            }
        }
        guard isDone else { throw .cipher }
    }

    /// CMAC that is a part of a key.
    func deriveMAC(_ data: [UInt8], into key: inout SecretBytes, at start: Int) throws(CipherKeyError) {
        guard start + cipher.blockLength <= key.count else { throw .cipher }
        let isDone = bytes.withBytes { own in
            key.withMutableBytes { key in
                kassa_blocks_cmac(
                    cipher.code, own.baseAddress, own.count, data, data.count, key.baseAddress.map { $0 + start }) == 1
            }
        }
        guard isDone else { throw .cipher }
    }

    /// CMAC over a secret.
    func mac(_ secret: borrowing SecretBytes) throws(CipherKeyError) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: cipher.blockLength)
        let isDone = bytes.withBytes { key in
            secret.withBytes { secret in
                kassa_blocks_cmac(cipher.code, key.baseAddress, key.count, secret.baseAddress, secret.count, &out) == 1
            }
        }
        guard isDone else { throw .cipher }
        return out
    }

    private static func blocks(
        _ cipher: BlockCipher, _ key: UnsafeBufferPointer<UInt8>, _ initial: [UInt8]?, _ data: UnsafeBufferPointer<UInt8>,
        _ encrypts: Int32, _ out: UnsafeMutablePointer<UInt8>?
    ) -> Bool {
        guard let initial else {
            return kassa_blocks(cipher.code, key.baseAddress, key.count, nil, data.baseAddress, data.count, encrypts, out) == 1
        }
        return kassa_blocks(cipher.code, key.baseAddress, key.count, initial, data.baseAddress, data.count, encrypts, out) == 1
    }
}

/// What is shown of a key.
public struct KeyCheckValue: Sendable, Hashable, CustomStringConvertible {
    public let bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public var description: String { bytes.map { String($0 >> 4, radix: 16) + String($0 & 0x0F, radix: 16) }.joined().uppercased() }
}

/// Does something with keys, whose errors become a caller's.
func translating<Value: ~Copyable, Failure: Error>(
    _ translated: (CipherKeyError) -> Failure, _ body: () throws(CipherKeyError) -> Value
) throws(Failure) -> Value {
    do throws(CipherKeyError) { return try body() } catch { throw translated(error) }
}

extension SecretBytes {
    /// Locked memory, its refusal as an error of keys.
    static func room(_ count: Int) throws(CipherKeyError) -> SecretBytes {
        do throws(SecretMemoryError) { return try SecretBytes(count: count) } catch { throw .memory(error) }
    }

    /// Another owner of the same bytes, where a key is handed on and kept as well.
    borrowing func duplicate(_ range: Range<Int>? = nil) throws(CipherKeyError) -> SecretBytes {
        let range = range ?? 0..<count
        var copy = try Self.room(range.count)
        copy.withMutableBytes { copy in
            withBytes { bytes in
                for place in range { copy[place - range.lowerBound] = bytes[place] }
            }
        }
        return copy
    }

    /// Adds `mask` to the bytes bit by bit, repeated over their whole length.
    mutating func combine(_ mask: [UInt8]) {
        withMutableBytes { bytes in
            for place in bytes.indices { bytes[place] ^= mask[place % mask.count] }
        }
    }
}
