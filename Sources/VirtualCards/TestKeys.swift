import Core
import EMV

/// The public key infrastructure of the virtual cards: worthless keys, known to everybody.
///
/// This project generated them once with OpenSSL 3.0 and they authenticate nothing but its own virtual cards:
/// `openssl genrsa -3 1408` (authority), `openssl genrsa -3 1408` (issuer), `openssl genrsa -f4 1024` (card). A terminal
/// that takes real payments is never configured with ``caPublicKey``.
public enum TestKeys {
    /// Visa's provider identifier, under which the virtual cards live.
    public static let rid: [UInt8] = [0xA0, 0x00, 0x00, 0x00, 0x03]

    /// No index of Visa's own live or test keys.
    public static let caIndex: UInt8 = 0xE1

    /// SHA-1 over RID, index, modulus and exponent.
    public static let caChecksum = hex("9E756FCC5BE3EF145AA6C1875A726F90F9A1446C")

    /// What the terminal needs to know of the authority.
    public static var caPublicKey: CAPublicKey {
        get throws(CAPublicKey.Failure) {
            try CAPublicKey(
                rid: rid, index: caIndex, modulus: caModulus, exponent: caExponent, checksum: caChecksum)
        }
    }

    public static var caModulus: [UInt8] { authority.modulus }
    public static var caExponent: [UInt8] { authority.exponent }

    /// Certification authority, 1408 bits.
    static let authority = RSAKeyPair(
        modulus: hex("""
        B89580056EF614FD3EC783A3A439A91881C7667CBC8F7C9217929912B69BC25C32B97B7EF5C4F084D3F590178F713393\
        8D6A3BAF8D387291084DCF13835E42CC8A76F9EAF051AEDFED582E4E906E2C62BBB3FDC182586D3D65CE4F6DB3D5DC67\
        48A971D4C59C8A47BB8606BC5C1406AED75DB2A7D6420CF61DBCD17E6A94214FEBF5391DE1B5FCD5EBA02BB10743E50E\
        0AA1CC1D20CC3A25C7DBBF16DA207AA58FB5638955746AD24AFEF09E413F36C5
        """),
        exponent: [0x03],
        privateExponent: hex("""
        7B0E5558F4A40DFE29DA57C26D7BC6105684EEFDD30A530C0FB710B72467D6E821D0FCFF4E834B0337F90ABA5FA0CD0D\
        08F17D1FB37AF70B5ADE8A0D023ED73306F9FBF1F58BC9EA9E3AC989B59EC841D277FE81019048D27521CFB7F77F5997\
        5106D196F38FC49A008C1A2E5B273613DABDE6438B16B53C60050C3880B4B2406C7E6FF5331DD1370428853F2737DC8A\
        0B939751432B6FDFF21790A79F104D04D559F4CD76DBF78AD67AC0C1C32E4073
        """))

    /// Issuer, 1408 bits: longer than its certificate holds, so that cards carry a remainder (tag 92).
    static let issuer = RSAKeyPair(
        modulus: hex("""
        E6A685BCEA8D0FB4B322E42FBF7E2663AA7A5A7F19B3C76D5D9D2FCAD9C3AC0D828343383911D2F0A4115B33F2E0B76A\
        DD4B986E9364F99D1E523FFC643E8AAAAAD947BCA060BBD94B27EC63B05606260516A5C6D847916AEE27F0B072916EEF\
        911A607015C80CEF61E4E1790C2F268828A64C345BC880A963254D84FC81DE9D612D712B13E36785DBD7C94E7BAE567C\
        613725D4C4CD7AFB7B89927D2A1192172EB35C617F5B7C9675CC00884D14F9BB
        """),
        exponent: [0x03],
        privateExponent: hex("""
        99C459289C5E0A78776C981FD4FEC44271A6E6FF6677DA48E9137531E68272B3AC5782257B61374B180B9222A1EB24F1\
        E8DD1049B798A668BEE17FFD9829B1C71C90DA7DC0407D3B876FF2ED2039596EAE0F192F3ADA60F0B019BC1D6FF5C2E2\
        617675E968931C98450403616D76AEED1798DC31D951EB23228B5389F93A1963E5D336A2E4F1D5C467091D6C98638B84\
        F2FC5F0DAA31305CE94F3DF7370BE03CFC41C04A080AAB58A2E50B06A94DD8FB
        """))

    /// The key every virtual card shares, 1024 bits.
    static let card = RSAKeyPair(
        modulus: hex("""
        9F6ACD00D8AFB08213FCF54C44B351B0A65569CC92C4D77E47007CCBCA7AAFBEB9EAD2236FB447AE885DDF66476CFAC1\
        E40B8B47970BC0641E707A467CCF419323B4684CA7E633482BFD3DB913673044F67C6827D70BC11B01C83CE8BF7EA8F7\
        37C77265CB95627FD11307AD78C78590501226052EFCA1972677B7AFC3CA4529
        """),
        exponent: [0x01, 0x00, 0x01],
        privateExponent: hex("""
        236E735DEACB31A9D79373599E3354C6B4516B90625689A6B15534677EFB41B05C560A9A81AB49FB4AA7C28D52F6AFCD\
        0448648E66CDDFD6E0C51308339944F37B2510F9C1C9577957B44D51B41453735414ED9477CE64515126BECC3CB4E140\
        41AB53464359E09FABCAB4978501BFC949CDA171B2BB201C3681A157F944AE79
        """))

    /// Constants only: text that is no hexadecimal would give an empty key, with which no certificate can be made.
    private static func hex(_ text: String) -> [UInt8] { Hex.decode(text) ?? [] }
}
