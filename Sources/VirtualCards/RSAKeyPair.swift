import CCrypto

/// A published test key of the virtual cards' issuer side.
struct RSAKeyPair: Sendable {
    let modulus: [UInt8]
    let exponent: [UInt8]
    let privateExponent: [UInt8]

    /// Raw private power of a block as long as the modulus; nil when it does not fit.
    func sign(_ block: [UInt8]) -> [UInt8]? {
        guard block.count == modulus.count else { return nil }
        var out = [UInt8](repeating: 0, count: modulus.count)
        let ok = kassa_mod_exp(
            block, block.count, privateExponent, privateExponent.count, modulus, modulus.count, &out, out.count)
        return ok == 1 ? out : nil
    }
}
