import Secrets

/// Derivation of DUKPT with triple DES (ANSI X9.24-1:2009 annex A).
enum TDESDUKPT {
    private static let mask: [UInt8] = [0xC0, 0xC0, 0xC0, 0xC0, 0, 0, 0, 0]

    /// The initial key from the base derivation key: both halves are the serial number's first eight bytes without counter,
    /// enciphered under the base key and under its variant (A.6).
    static func initialKey(
        base key: borrowing SecretBytes, _ serial: KeySerialNumber
    ) throws(CipherKeyError) -> SecretBytes {
        let named = Array(KeySerialNumber(base: serial.bytes, counter: 0).bytes.prefix(8))
        var out = try SecretBytes.room(16)
        for half in 0..<2 {
            var used = try key.duplicate()
            if half == 1 { used.combine(mask) }
            var part = try SecretBytes.room(8)
            part.combine(named)
            try CipherKey(.tdes, used).encipher(inPlace: &part)
            copy(part, to: &out, at: 8 * half)
        }
        return out
    }

    /// The non-reversible key generation process (A.2).
    static func nextKey(_ parent: borrowing SecretBytes, _ serial: KeySerialNumber) throws(CipherKeyError) -> SecretBytes {
        let register = Array(serial.bytes.suffix(8))
        var out = try SecretBytes.room(16)
        for half in 0..<2 {
            var used = try parent.duplicate()
            if half == 0 { used.combine(mask) }
            var part = try used.duplicate(8..<16)
            part.combine(register)
            // Single DES under the left half: triple DES with two equal keys.
            try CipherKey(.tdes, doubled(used)).encipher(inPlace: &part)
            part.withMutableBytes { part in
                used.withBytes { used in
                    for place in 0..<8 { part[place] ^= used[8 + place] }
                }
            }
            copy(part, to: &out, at: 8 * half)
        }
        return out
    }

    /// A variant of a transaction key: `FF` at one place of both halves (A.4.1).
    static func variant(_ key: borrowing SecretBytes, at place: Int) throws(CipherKeyError) -> SecretBytes {
        var out = try key.duplicate()
        var mask = [UInt8](repeating: 0, count: 8)
        mask[place] = 0xFF
        out.combine(mask)
        return out
    }

    /// The variant for data, enciphered under itself (A.4.1).
    static func dataKey(_ key: borrowing SecretBytes, at place: Int) throws(CipherKeyError) -> CipherKey {
        var out = try variant(key, at: place)
        try CipherKey(.tdes, try out.duplicate()).encipher(inPlace: &out)
        return try CipherKey(.tdes, out)
    }

    /// The retail MAC: CBC of single DES under the left half, its last block once more under both (ANSI X9.19), the first four
    /// bytes of it. The data are filled with zeros.
    static func retailMAC(_ key: borrowing SecretBytes, _ data: [UInt8]) throws(CipherKeyError) -> [UInt8] {
        let padded = data + [UInt8](repeating: 0, count: data.isEmpty ? 8 : (8 - data.count % 8) % 8)
        let single = try CipherKey(.tdes, doubled(key))
        let double = try CipherKey(.tdes, try key.duplicate())
        var block = [UInt8](repeating: 0, count: 8)
        for start in stride(from: 0, to: padded.count, by: 8) {
            for place in 0..<8 { block[place] ^= padded[start + place] }
            let isLast = start + 8 == padded.count
            block = isLast ? try double.encipher(block) : try single.encipher(block)
        }
        return Array(block.prefix(4))
    }

    private static func doubled(_ key: borrowing SecretBytes) throws(CipherKeyError) -> SecretBytes {
        var out = try SecretBytes.room(16)
        out.withMutableBytes { out in
            key.withBytes { key in
                for place in 0..<16 { out[place] = key[place % 8] }
            }
        }
        return out
    }

    private static func copy(_ part: borrowing SecretBytes, to whole: inout SecretBytes, at start: Int) {
        whole.withMutableBytes { whole in
            part.withBytes { part in
                for place in part.indices { whole[start + place] = part[place] }
            }
        }
    }
}
