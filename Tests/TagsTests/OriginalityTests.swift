import Core
import SmartCard
import Testing
import VirtualCards

@testable import Tags

private func bytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }

@Suite("NXP's chips are known by version and signature") struct OriginalityTests {
    /// Signatures of real chips, published; the last one in NXP's AN12196.
    static let signatures: [(OriginalitySignature.Family, String, String)] = [
        (.ntag21x, "04E10CDA993C80", "8B76052EE42F5567BEB53238B3E3F9950707C0DCC956B5C5EFCFDB709B2D82B3"),
        (.ntag21x, "04DB0BDA993C80", "6048EFD9417CD10F6B7F1818D471A7FE5B46868D2EABDC6307A1E0AAE139D8D0"),
        (.ultralightEV1, "04C1285A373080", "CEA2EB0B3C95D0844A95B824A7553703B3702378033BF0987899DB70151A19E7"),
        (.classicEV1, "0433619AB35780", "B9FAE369EC21C980650D87ED9AE9B1610E859131B4B8699C647548AB68D249BB"),
        (
            .ntag424, "04518DFAA96180",
            "D1940D17CFEDA4BFF80359AB975F9F6514313E8F90C1D3CAAF5941AD744A1CDF9A83F883CAFE0FE95D1939B1B7E47113993324473B785D21"
        ),
    ]

    @Test(arguments: signatures)
    func genuine(_ family: OriginalitySignature.Family, _ uid: String, _ signature: String) throws {
        let (uid, signature) = (try bytes(uid), try bytes(signature))
        #expect(OriginalitySignature.isGenuine(uid: uid, signature: signature, family: family))
        for other in OriginalitySignature.Family.allCases where other != family {
            #expect(!OriginalitySignature.isGenuine(uid: uid, signature: signature, family: other))
        }
        for bit in 0..<(uid.count * 8) {
            var changed = uid
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!OriginalitySignature.isGenuine(uid: changed, signature: signature, family: family))
        }
        for bit in stride(from: 0, to: signature.count * 8, by: 3) {
            var changed = signature
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!OriginalitySignature.isGenuine(uid: uid, signature: changed, family: family))
        }
    }

    @Test func noSignatureAtAll() throws {
        let uid = try bytes("04E10CDA993C80")
        for signature in [[], [0x00], [UInt8](repeating: 0, count: 32), [UInt8](repeating: 0xFF, count: 32), [UInt8](repeating: 1, count: 31)] {
            #expect(!OriginalitySignature.isGenuine(uid: uid, signature: signature, family: .ntag21x))
        }
        #expect(!OriginalitySignature.isGenuine(uid: [], signature: [UInt8](repeating: 1, count: 32), family: .ntag21x))
    }

    /// Version bytes of NXP's data sheets.
    @Test(arguments: [
        ("0004040201000F03", NXPVersion.Model.ntag213, 144), ("0004040201001103", .ntag215, 504),
        ("0004040201001303", .ntag216, 888), ("0004040101000B03", .ntag210, 48), ("0004040101000E03", .ntag212, 128),
        ("0004040502011303", .ntagI2C1K, 888), ("0004040502011503", .ntagI2C2K, 1_904),
        ("0004030101000B03", .ultralightUL11, 48), ("0004030101000E03", .ultralightUL21, 128),
    ])
    func versions(_ version: String, _ model: NXPVersion.Model, _ user: Int) throws {
        let version = try #require(NXPVersion(try bytes(version)))
        #expect(version.model == model)
        #expect(version.userBytes == user)
    }

    @Test func versionsThatAreNone() throws {
        #expect(NXPVersion([]) == nil)
        #expect(NXPVersion(try bytes("00050402010011")) == nil)
        #expect(NXPVersion(try bytes("0005040201001103")) == nil, "another vendor")
        #expect(NXPVersion(try bytes("0004040201007F03"))?.model == nil)
        #expect(NXPVersion(try bytes("0004040201007F03"))?.userBytes == nil)
    }

    @Test(arguments: [PassThrough.transparent, .acr122])
    func identifiedThroughTheReader(_ way: PassThrough) throws {
        let (family, uid, signature) = Self.signatures[0]
        let tag = try NTAG21x(uid: try bytes(uid), uri: "https://a.b/", model: .ntag216)
        tag.passThrough = way
        tag.signature = try bytes(signature)
        let identity = try #require(try ChipIdentity(of: tag.uid, DirectChannel(tag)))
        #expect(identity.version.model == .ntag216)
        #expect(identity.version.originality == family)
        #expect(identity.isGenuine == true)
        #expect(try ChipIdentity(of: try bytes("04DB0BDA993C80"), DirectChannel(tag))?.isGenuine == false)
        tag.signature = [UInt8](repeating: 0, count: 32)
        #expect(try ChipIdentity(of: tag.uid, DirectChannel(tag))?.isGenuine == false)
    }

    @Test func readersThatPassNothingOn() throws {
        let tag = try NTAG21x(uid: Twin.uid, uri: "https://a.b/")
        #expect(try ChipIdentity(of: Twin.uid, DirectChannel(tag)) == nil)
        let gone = FaultyCard(tag, faults: [.tear(afterCommands: 0)])
        #expect(throws: CardError.emptyResponse) { try ChipIdentity(of: Twin.uid, DirectChannel(gone)) }
        // A tag that does not know GET_VERSION, behind a reader that passes it on.
        let silent = FeliCaTag(uid: Twin.longUID, message: [])
        silent.passThrough = .transparent
        #expect(try ChipIdentity(of: Twin.uid, DirectChannel(silent)) == nil)
    }

    /// The commands as readers' manuals print them.
    @Test func dialects() throws {
        final class Log: CardChannel {
            let answerToReset: [UInt8] = []
            var sent: [String] = []
            let answers: [String]
            init(_ answers: [String]) { self.answers = answers }
            func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
                sent.append(Hex.encode(command))
                return Hex.decode(answers[min(sent.count, answers.count) - 1]) ?? []
            }
        }
        let direct = Log(["D5430000040402010011039000"])
        #expect(try RawExchange(direct, .acr122, .typeA).exchange([0x60]) == bytes("0004040201001103"))
        #expect(direct.sent == ["FF00000003D44260"])
        let transparent = Log(["C0030090009000", "C0030090009000", "C003009000920100960200009708" + "0004040201001103" + "9000", "C0030090009000"])
        #expect(try RawExchange(transparent, .transparent, .typeA).exchange([0x60]) == bytes("0004040201001103"))
        #expect(transparent.sent == [
            "FFC20000028100", "FFC20002048F020003", "FFC200010A5F4604A086010095016000", "FFC20000028200",
        ])
        let silent = Log(["C0030090009000", "C0030090009000", "C0030164019000", "C0030090009000"])
        #expect(throws: RawExchange.Failure.noAnswer) { try RawExchange(silent, .transparent, .typeA).exchange([0x60]) }
        #expect(silent.sent.last == "FFC20000028200", "the session ends whatever came of it")
        let refused = Log(["6A81"])
        #expect(throws: RawExchange.Failure.refused(.functionNotSupported)) {
            try RawExchange(refused, .transparent, .typeA).exchange([0x60])
        }
        #expect(refused.sent.count == 1)
    }
}
