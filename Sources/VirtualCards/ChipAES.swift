import CCrypto

/// AES as the twins of tags compute it. Apart from the reader's side, so that one mistake is not made on both.
enum ChipAES {
    static let zeros = [UInt8](repeating: 0, count: 16)

    /// Whole blocks in CBC mode; zeros where the library refuses, which no reader takes for an answer.
    static func cbc(_ key: [UInt8], _ data: [UInt8], iv: [UInt8] = zeros, encrypts: Bool) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: data.count)
        guard kassa_aes_cbc(key, key.count, iv, iv.count, data, data.count, encrypts ? 1 : 0, &out, out.count) == 1 else {
            return [UInt8](repeating: 0, count: data.count)
        }
        return out
    }

    static func cmac(_ key: [UInt8], _ data: [UInt8]) -> [UInt8] {
        var out = zeros
        return kassa_aes_cmac(key, key.count, data, data.count, &out, out.count) == 1 ? out : zeros
    }

    /// One byte to the left.
    static func turned(_ block: [UInt8]) -> [UInt8] { block.indices.map { block[($0 + 1) % block.count] } }

    /// The bytes at odd places.
    static func cut(_ mac: [UInt8]) -> [UInt8] { (0..<8).map { mac[2 * $0 + 1] } }
}
