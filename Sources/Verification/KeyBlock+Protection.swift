import CCrypto
import Secrets

/// Key derivation binding (X9.143 §7.3): from the protection key come one key to encipher and one to authenticate; the
/// authenticator is the CMAC of header and clear key, and the initial block of the encipherment.
extension KeyBlock {
    /// The key, when the block is authentic. That the header allows what the key is wanted for is the caller's to check, against
    /// this block's ``header``.
    /// - Parameter protection: of the version's cipher.
    public func unwrapped(under protection: borrowing CipherKey) throws(KeyBlockError) -> SecretBytes {
        let version = header.version
        guard protection.cipher == version.cipher else { throw .wrongProtectionKey }
        let keys = try translating(KeyBlockError.key) { () throws(CipherKeyError) in try KeyBlockKeys(protection) }
        let clear = try translating(KeyBlockError.key) { () throws(CipherKeyError) in
            try keys.encipherment.decipher(encryptedKey, initial: authenticator)
        }
        let expected = try translating(KeyBlockError.key) { () throws(CipherKeyError) in
            try keys.authentication.mac(Self.joined(headerBytes, clear))
        }
        guard expected.count == authenticator.count, kassa_equal(expected, authenticator, expected.count) == 1 else {
            throw .notAuthentic
        }
        let bits = clear.withBytes { Int($0[0]) << 8 | Int($0[1]) }
        let length = bits / 8
        guard bits % 8 == 0, length > 0, 2 + length <= clear.count else { throw .keyLength(length) }
        if let cipher = header.cipher, !cipher.keyLengths.contains(length) { throw .keyLength(length) }
        return try translating(KeyBlockError.key) { () throws(CipherKeyError) in try clear.duplicate(2..<(2 + length)) }
    }

    /// The host's side, for key loading: wraps a key.
    /// - Parameter generator: fills up to the cipher's block.
    public static func wrapping(
        _ key: borrowing SecretBytes, _ header: KeyBlockHeader, under protection: borrowing CipherKey,
        using generator: inout some RandomNumberGenerator
    ) throws(KeyBlockError) -> KeyBlock {
        let block = header.version.cipher.blockLength
        guard protection.cipher == header.version.cipher else { throw .wrongProtectionKey }
        if let cipher = header.cipher, !cipher.keyLengths.contains(key.count) { throw .keyLength(key.count) }
        let length = (2 + key.count + block - 1) / block * block
        guard length <= greatestEncrypted else { throw .keyLength(key.count) }
        let headerBytes = try headerText(header, encrypted: length)
        do throws(CipherKeyError) {
            var clear = try SecretBytes.room(length)
            clear.withMutableBytes { clear in
                let bits = 8 * key.count
                clear[0] = UInt8(truncatingIfNeeded: bits >> 8)
                clear[1] = UInt8(truncatingIfNeeded: bits)
                key.withBytes { key in
                    for place in key.indices { clear[2 + place] = key[place] }
                }
                for place in (2 + key.count)..<length { clear[place] = UInt8.random(in: 0...255, using: &generator) }
            }
            let keys = try KeyBlockKeys(protection)
            let authenticator = try keys.authentication.mac(joined(headerBytes, clear))
            return KeyBlock(
                header: header, headerBytes: headerBytes, encryptedKey: try keys.encipherment.encipher(clear, initial: authenticator),
                authenticator: authenticator)
        } catch {
            throw .key(error)
        }
    }

    /// Header and optional blocks; a block `PB` makes them whole blocks of the cipher.
    private static func headerText(_ header: KeyBlockHeader, encrypted: Int) throws(KeyBlockError) -> [UInt8] {
        let block = header.version.cipher.blockLength
        var blocks = header.optionalBlocks.map(\.text)
        guard !header.optionalBlocks.contains(where: { $0.name == "PB" }), Set(header.optionalBlocks.map(\.name)).count == blocks.count
        else { throw .malformed(.optionalBlock(0)) }
        let used = blocks.reduce(0) { $0 + $1.utf8.count }
        if used % block != 0 {
            let missing = (block - (used + 4) % block) % block
            blocks.append("PB" + KeyBlockHeader.hex(4 + missing, 2) + String(repeating: "0", count: missing))
        }
        let optional = blocks.joined()
        let total = KeyBlockHeader.length + optional.utf8.count + 2 * encrypted + 2 * header.version.authenticatorLength
        guard total <= greatestLength, blocks.count <= KeyBlockHeader.greatestBlockCount else { throw .tooLong }
        let decimal = { (value: Int, digits: Int) in
            String(repeating: "0", count: max(0, digits - String(value).utf8.count)) + String(value)
        }
        let fixed =
            String(Character(Unicode.Scalar(header.version.rawValue))) + decimal(total, 4) + header.keyUsage + String(header.algorithm)
            + String(header.modeOfUse) + header.keyVersion + String(header.exportability) + decimal(blocks.count, 2) + "00"
        return Array((fixed + optional).utf8)
    }

    private static func joined(_ header: [UInt8], _ clear: borrowing SecretBytes) throws(CipherKeyError) -> SecretBytes {
        var whole = try SecretBytes.room(header.count + clear.count)
        whole.withMutableBytes { whole in
            for (place, byte) in header.enumerated() { whole[place] = byte }
            clear.withBytes { clear in
                for place in clear.indices { whole[header.count + place] = clear[place] }
            }
        }
        return whole
    }
}

/// The two keys of a block (X9.143 §7.3.2): CMAC under the protection key of `n ‖ purpose ‖ 00 ‖ cipher ‖ bits`, block by block.
private struct KeyBlockKeys: ~Copyable {
    let encipherment: CipherKey
    let authentication: CipherKey

    init(_ protection: borrowing CipherKey) throws(CipherKeyError) {
        let first = try Self.derived(protection, purpose: 0)
        let second = try Self.derived(protection, purpose: 1)
        encipherment = first
        authentication = second
    }

    private static func derived(_ protection: borrowing CipherKey, purpose: UInt8) throws(CipherKeyError) -> CipherKey {
        let length = protection.byteCount
        let block = protection.cipher.blockLength
        let kind: UInt8
        switch (protection.cipher, length) {
        case (.tdes, 16): kind = 0
        case (.tdes, _): kind = 1
        case (.aes, 16): kind = 2
        case (.aes, 24): kind = 3
        case (.aes, _): kind = 4
        }
        let bits = 8 * length
        var key = try SecretBytes.room((length + block - 1) / block * block)
        for start in stride(from: 0, to: length, by: block) {
            let data: [UInt8] = [
                UInt8(start / block + 1), 0, purpose, 0, 0, kind, UInt8(truncatingIfNeeded: bits >> 8), UInt8(truncatingIfNeeded: bits),
            ]
            try protection.deriveMAC(data, into: &key, at: start)
        }
        return try CipherKey(protection.cipher, length == key.count ? key : try key.duplicate(0..<length))
    }
}
