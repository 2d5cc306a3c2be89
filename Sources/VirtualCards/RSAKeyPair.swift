import CCrypto

/// A published test key of the virtual cards' issuer side, its private part by the Chinese remainders as in PKCS #1.
struct RSAKeyPair: Sendable {
    let modulus: [UInt8]
    let exponent: [UInt8]
    /// This and what follows: half as long as the modulus.
    let prime1: [UInt8]
    let prime2: [UInt8]
    let exponent1: [UInt8]
    let exponent2: [UInt8]
    /// Of prime 2, modulo prime 1.
    let coefficient: [UInt8]

    /// Raw private power of a block as long as the modulus; nil when it does not fit.
    func sign(_ block: [UInt8]) -> [UInt8]? {
        let half = prime1.count
        guard block.count == modulus.count, modulus.count == 2 * half,
            [prime2, exponent1, exponent2, coefficient].allSatisfy({ $0.count == half })
        else { return nil }
        var out = [UInt8](repeating: 0, count: modulus.count)
        let ok = kassa_crt_exp(
            block, block.count, prime1, prime2, exponent1, exponent2, coefficient, half, &out, out.count)
        return ok == 1 ? out : nil
    }
}
