import CCrypto
import Core

/// NXP's signature over a chip's UID: ECDSA of the UID's bytes as they are, without a hash. It says that NXP made a chip
/// with this UID and not that this is the chip: an emulator repeats it. It keeps junk out; it authenticates nothing.
public enum OriginalitySignature {
    /// Chips that share signing keys.
    public enum Family: String, Sendable, Hashable, CaseIterable {
        case ntag21x, ultralightEV1, classicEV1, ntag424, desfireEV3, ultralightAES, ntag22x

        /// Public keys of NXP, uncompressed points, on the curve that their length names.
        var keys: [String] {
            switch self {
            case .ntag21x:
                [
                    "04494E1A386D3D3CFE3DC10E5DE68A499B1C202DB5B132393E89ED19FE5BE8BC61",
                    "04A748B6A632FBEE2C0897702B33BEA1C074998E17B84ACA04FF267E5D2C91F6DC",
                ]
            case .ultralightEV1: ["0490933BDCD6E99B4E255E3DA55389A827564E11718E017292FAF23226A96614B8"]
            case .classicEV1: ["044F6D3F294DEA5737F0F46FFEE88A356EED95695DD7E0C27A591E6F6F65962BAF"]
            case .ntag424:
                [
                    "048A9B380AF2EE1B98DC417FECC263F8449C7625CECE82D9B916C992DA209D68422B81EC20B65A66B5102A61596AF3379200"
                        + "599316A00A1410",
                    "04B304DC4C615F5326FE9383DDEC9AA892DF3A57FA7FFB3276192BC0EAA252ED45A865E3B093A3D0DCE5BE29E92F1392CE7D"
                        + "E321E3E5C52B3A",
                ]
            case .desfireEV3:
                [
                    "041DB46C145D0A36539C6544BD6D9B0AA62FF91EC48CBC6ABAE36E0089A46F0D08C8A715EA40A63313B92E90DDC1730230E0"
                        + "458A33276FB743"
                ]
            case .ultralightAES:
                [
                    "0453BF8C49B7BD9FE3207A91513B9C1D238ECAB07186B772104AB535F7D3AE63CF7C7F3DD0D169DA3E99E43C6399621A86"
                ]
            case .ntag22x:
                [
                    "0485D5B9353B4FAA77581BA2AE96630C5876D6E8603308ABE9A81A0B506F52D02D04FEE6F2D365B3DEE7B9FAD9133E2976"
                ]
            }
        }
    }

    /// Whether a key of the family signed this UID. False for bytes that are no signature of its curve.
    /// - Parameter signature: r and s, each as long as the curve's field: 32 bytes in all for NTAG21x, 56 for NTAG 424.
    public static func isGenuine(uid: [UInt8], signature: [UInt8], family: Family) -> Bool {
        guard [4, 7, 10].contains(uid.count) else { return false }
        return family.keys.contains { key in
            guard let point = Hex.decode(key), signature.count == point.count - 1 else { return false }
            return kassa_ecdsa_verify(point, point.count, uid, uid.count, signature, signature.count) == 1
        }
    }
}
