import Core
import SmartCard
import Synchronization
import Testing

@testable import Tags

func tagBytes(_ hex: String) throws -> [UInt8] { try #require(Hex.decode(hex)) }
func tagKey(_ hex: String) throws -> AESKey { try #require(AESKey(try tagBytes(hex))) }

/// The keys that NXP's examples and factory tags have.
let zeroKey = String(repeating: "0", count: 32)

@Suite("A tag's dynamic URL is believed by its MAC, and once") struct SDMTests {
    /// Of NXP's AN12196 and of tags with factory keys, published by others.
    struct Published: Sendable {
        var layout = SDMLayout()
        var url: String
        var uid: String
        var counter: UInt32
        var file: String?
    }

    static let published: [Published] = [
        .init(
            layout: SDMLayout(identity: .encrypted(parameter: "e"), mac: "c"),
            url: "https://choose.url.com/ntag424?e=EF963FF7828658A599F3041510671E88&c=94EED9EE65337086",
            uid: "04DE5F1EACC040", counter: 61),
        .init(
            layout: SDMLayout(file: "enc", macInput: .from(parameter: "enc")),
            url: "https://www.my424dna.com/?picc_data=FD91EC264309878BE6345CBE53BADF40"
                + "&enc=CEE9A53E3E463EF1F459635736738962&cmac=ECC1E7F6C6C73BF6",
            uid: "04958CAA5C5E80", counter: 8, file: String(repeating: "78", count: 16)),
        .init(
            layout: SDMLayout(file: "enc", macInput: .from(parameter: "enc")),
            url: "https://www.my424dna.com/?picc_data=FDE4AFA99B5C820A2C1BB0F1C792D0EB"
                + "&enc=94592FDE69FA06E8E3B6CA686A22842B&cmac=C48B89C17A233B2C",
            uid: "04958CAA5C5E80", counter: 1, file: String(repeating: "78", count: 16)),
        .init(
            layout: SDMLayout(identity: .plain(uid: "uid", counter: "ctr")),
            url: "https://sdm.nfcdeveloper.com/tagpt?uid=041E3C8A2D6B80&ctr=000006&cmac=4B00064004B0B3D3",
            uid: "041E3C8A2D6B80", counter: 6),
    ]

    private static func verifier(_ layout: SDMLayout, key: String = zeroKey) throws -> SDMVerifier {
        try #require(SDMVerifier(layout: layout, metaRead: tagKey(key), fileRead: .shared(tagKey(key))))
    }

    @Test("Published taps", arguments: published) func examples(_ example: Published) throws {
        let verifier = try Self.verifier(example.layout)
        for url in [example.url, example.url.lowercased(), example.url + "#top"] {
            let tap = try verifier.verify(url)
            #expect(tap.uid == (try tagBytes(example.uid)))
            #expect(tap.counter == example.counter)
            if let file = example.file { #expect(tap.file == (try tagBytes(file))) } else { #expect(tap.file == nil) }
            #expect("\(tap)" == "SDMTap \(example.counter)")
        }
    }

    @Test("Session keys and MACs of AN12196 and of published taps") func sessionKeys() throws {
        func keys(_ key: String, _ uid: String, _ counter: String) throws -> SDMKeys {
            try SDMKeys(tagKey(key), uid: tagBytes(uid), counter: tagBytes(counter))
        }
        // What a key does shows which one it is: E(K, 0) and CMAC(K, nothing).
        func same(_ key: AESKey, _ hex: String) throws -> Bool {
            let other = try tagKey(hex)
            return try key.encrypt(AESKey.zeroBlock) == other.encrypt(AESKey.zeroBlock) && key.mac([]) == other.mac([])
        }
        let table = try keys("5ACE7E50AB65D5D51FD5BF5A16B8205B", "04C767F2066180", "010000")
        #expect(try same(table.encryption, "66DA61797E23DECA5D8ECA13BBADF7A9"))
        #expect(try same(table.authentication, "3A3E8110E05311F7A3FCF0D969BF2B48"))
        let first = try keys(zeroKey, "04DE5F1EACC040", "3D0000")
        #expect(try same(first.authentication, "3FB5F6E3A807A03D5E3570ACE393776F"))
        #expect(try first.authentication.shortMAC([]) == tagBytes("94EED9EE65337086"))
        let second = try keys(zeroKey, "04958CAA5C5E80", "080000")
        #expect(try same(second.authentication, "3ED0920E5E6A0320D823D5987FEAFBB1"))
        #expect(
            try second.authentication.mac(Array("CEE9A53E3E463EF1F459635736738962&cmac=".utf8))
                == tagBytes("81EC45C175E72FF6FAC61BC7AB3BAEF6"))
        let third = try keys(zeroKey, "04958CAA5C5E80", "010000")
        #expect(try same(third.encryption, "8097D73344D53F963B09E23E03B62336"))
        #expect(
            try third.encryption.encrypt(tagBytes("01000000000000000000000000000000")) == tagBytes("7B3F3CFC39D3B7FF5868636E38AF7C3A"))
        #expect(
            try tagKey(zeroKey).decrypt(tagBytes("EF963FF7828658A599F3041510671E88"))
                == tagBytes("C704DE5F1EACC0403D0000DA5CF60941"))
    }

    @Test("Printed next to a key by AN12196, but not made with it") func notAVector() throws {
        let verifier = try Self.verifier(
            SDMLayout(identity: .plain(uid: "u", counter: "r"), mac: "c"), key: "5ACE7E50AB65D5D51FD5BF5A16B8205B")
        #expect(throws: SDMFailure.notAuthentic) {
            try verifier.verify("https://a.example/?u=04C767F2066180&r=000001&c=54A45B2C3A558765")
        }
    }

    @Test("Another digit anywhere in what is mirrored, and the tap is nobody's", arguments: published)
    func everyDigit(_ example: Published) throws {
        let verifier = try Self.verifier(example.layout)
        let query = try #require(example.url.firstIndex(of: "?"))
        var refused = 0
        for place in example.url.indices where place > query && example.url[place].isHexDigit && example.url[place].isUppercase {
            var url = example.url
            url.replaceSubrange(place...place, with: url[place] == "A" ? "B" : "A")
            #expect(throws: SDMFailure.notAuthentic, "\(url)") { try verifier.verify(url) }
            refused += 1
        }
        #expect(refused >= 4)
    }

    @Test("Wrong keys, and keys of other tags") func wrongKeys() throws {
        let example = Self.published[0]
        #expect(throws: SDMFailure.notAuthentic) { try Self.verifier(example.layout, key: "00000000000000000000000000000001").verify(example.url) }
        let label = try #require(DiversificationLabel(Array("kassa tags".utf8)))
        let own = try #require(
            SDMVerifier(
                layout: example.layout, metaRead: tagKey(zeroKey), fileRead: .diversified(master: tagKey(zeroKey), label: label)))
        #expect(throws: SDMFailure.notAuthentic) { try own.verify(example.url) }
        #expect(SDMVerifier(layout: SDMLayout(), metaRead: nil, fileRead: .shared(try tagKey(zeroKey))) == nil)
    }

    static let malformed: [(String, SDMFailure.Field)] = [
        ("", .identity), ("https://a.example/", .identity), ("https://a.example/?", .identity),
        ("https://a.example/#?picc_data=FD91EC264309878BE6345CBE53BADF40", .identity),
        ("?picc_data=FD91EC264309878BE6345CBE53BADF4", .identity), ("?picc_data=FD91EC264309878BE6345CBE53BADF4G", .identity),
        ("?picc_data=FD91EC264309878BE6345CBE53BADF40FF", .identity), ("?picc_data=", .identity), ("?picc_data", .identity),
        ("?picc_data=FD 91EC264309878BE6345CBE53BADF40", .identity),
        ("?picc_data=FD91EC264309878BE6345CBE53BADF40&picc_data=FD91EC264309878BE6345CBE53BADF40", .identity),
        ("?picc_data=FD91EC264309878BE6345CBE53BADF40", .file),
        ("?picc_data=FD91EC264309878BE6345CBE53BADF40&enc=", .file),
        ("?picc_data=FD91EC264309878BE6345CBE53BADF40&enc=CEE9", .file),
        ("?picc_data=FD91EC264309878BE6345CBE53BADF40&enc=CEE9A53E3E463EF1F459635736738962", .mac),
        ("?picc_data=FD91EC264309878BE6345CBE53BADF40&enc=CEE9A53E3E463EF1F459635736738962&cmac=ECC1", .mac),
        ("?cmac=ECC1E7F6C6C73BF6&picc_data=FD91EC264309878BE6345CBE53BADF40&enc=CEE9A53E3E463EF1F459635736738962", .macInput),
        ("?" + String(repeating: "&", count: 1_100), .url), ("?" + String(repeating: "a&", count: 33), .url),
    ]

    @Test("What is no tag's text is named by its field", arguments: malformed)
    func noTagsText(_ url: String, _ field: SDMFailure.Field) throws {
        let verifier = try Self.verifier(Self.published[1].layout)
        #expect(throws: SDMFailure.malformed(field)) { try verifier.verify(url) }
    }

    @Test("A hundred thousand damaged and arbitrary texts: each is refused or is the tag's own") func hostile() throws {
        let example = Self.published[1]
        let verifier = try Self.verifier(example.layout)
        let genuine = try verifier.verify(example.url)
        let good = Array(example.url.utf8)
        var numbers = SeededNumbers(424)
        var taken = 0
        for _ in 0..<100_000 {
            var text = good
            for _ in 0..<Int.random(in: 1...4, using: &numbers) {
                let place = Int.random(in: 0..<text.count, using: &numbers)
                switch Int.random(in: 0...3, using: &numbers) {
                case 0: text[place] = UInt8.random(in: 0...255, using: &numbers)
                case 1: text.remove(at: place)
                case 2: text.insert(contentsOf: Array("&?#=%".utf8).shuffled(using: &numbers).prefix(1), at: place)
                default: text.append(contentsOf: text[place...].prefix(40))
                }
            }
            guard let tap = try? verifier.verify(String(decoding: text, as: UTF8.self)) else { continue }
            taken += 1
            #expect(tap == genuine)
        }
        // Damage in front of the parameters does not matter to the tag's own text.
        #expect((1..<50_000).contains(taken))
    }

    /// As durable as a test.
    final class Taps: SDMReplayGuard {
        let last = Mutex<[[UInt8]: UInt32]>([:])
        func advance(tag: [UInt8], to counter: UInt32) -> CounterAdvance {
            last.withLock { last in
                let before = last[tag] ?? 0
                guard counter > before else { return .replayed(last: before) }
                last[tag] = counter
                return .advanced(missed: counter - before - 1)
            }
        }
    }

    @Test("A tap counts once, later ones count, earlier ones don't; what is not the tag's moves nothing") func replays() throws {
        let (eight, one) = (Self.published[1], Self.published[2])
        let verifier = try Self.verifier(eight.layout)
        let taps = Taps()
        #expect(try verifier.accept(one.url, once: taps).counter == 1)
        #expect(throws: SDMFailure.replayed) { try verifier.accept(one.url, once: taps) }
        #expect(throws: SDMFailure.notAuthentic) { try verifier.accept(eight.url.dropLast() + "7", once: taps) }
        #expect(taps.last.withLock { Array($0.values) } == [1])
        #expect(try verifier.accept(eight.url, once: taps).counter == 8)
        #expect(throws: SDMFailure.replayed) { try verifier.accept(one.url, once: taps) }
        #expect(throws: SDMFailure.replayed) { try verifier.accept(eight.url.lowercased(), once: taps) }
        #expect(taps.last.withLock { Array($0.values) } == [8])
    }
}
