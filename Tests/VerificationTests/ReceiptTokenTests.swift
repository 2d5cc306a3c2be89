import Core
import Crypto
import Foundation
import Testing

@testable import Verification

@Suite("A receipt's token is the host's or it is nothing") struct ReceiptTokenTests {
    let host: ReceiptHost

    init() throws { host = try ReceiptHost() }

    private func read(_ text: [UInt8]) -> ReceiptError? {
        do throws(ReceiptError) {
            _ = try ReceiptToken(text, keys: host.keys)
            return nil
        } catch { return error }
    }

    /// The error of claims that the host itself has signed.
    private func read(claims: String) throws -> ReceiptError? { read(try host.ed25519.token(claims: Array(claims.utf8))) }

    private func claims() throws -> String { String(decoding: ReceiptClaims.write(try host.receipt()), as: UTF8.self) }

    /// A token with this header, signed by the host.
    private func headed(_ header: String) throws -> [UInt8] {
        let signed = ReceiptBase64URL.encode(header.utf8) + [UInt8(ascii: ".")] + ReceiptBase64URL.encode(try claims().utf8)
        return signed + [UInt8(ascii: ".")] + ReceiptBase64URL.encode(try host.ed25519.sign(signed))
    }

    @Test("What the host issues is read as it was written, with both kinds of key and of telephone") func roundTrip() throws {
        var random = ReceiptRandom(1)
        for place in 0..<200 {
            let receipt = try host.receipt(&random, phone: host.phones[place % 2])
            let token = try (place % 3 == 0 ? host.p256 : host.ed25519).token(receipt)
            let read = try ReceiptToken(token.text, keys: host.keys)
            #expect(read == token && read.receipt == receipt)
            #expect(token.text.count < ReceiptToken.mostBytes / 2)
        }
    }

    @Test("The claims stand in the order and form that the table of ReceiptClaims gives") func form() throws {
        let text = try claims()
        #expect(
            text.hasPrefix(
                #"{"jti":"019ab0c4-7e00-7000-8000-000000000001","aud":"shop-1","sub":"07070707070707070707070707070707","amt":1270,"cur":"EUR","#
                    + #""paid":1795262400000,"name":"Aino Virtanen","prg":"epassi-mobile","prs":[["benefit",1000],["own",270]],"ser":345,"#
                    + #""min":29921040,"cnf":{"jwk":{"kty":"EC","crv":"P-256","x":""#))
    }

    @Test("What no receipt looks like, each told apart") func shapes() throws {
        let good = try host.ed25519.token(try host.receipt()).text
        let parts = String(decoding: good, as: UTF8.self).split(separator: ".")
        for (text, error) in [
            ("", .notThreeParts), ("..", .malformed(.header)), ("a.b", .notThreeParts), (parts.joined(separator: ".") + ".", .notThreeParts),
            (parts.joined(separator: "..") , .notThreeParts), (String(repeating: "a", count: 4097), .tooLong),
            (String(repeating: ".", count: 100_000), .tooLong), ("e30.\(parts[1]).\(parts[2])", .missing(.type)),
            ("W10.\(parts[1]).\(parts[2])", .notJSON(.header)), ("=.\(parts[1]).\(parts[2])", .malformed(.header)),
            (String(repeating: "e30", count: 200) + ".\(parts[1]).\(parts[2])", .malformed(.header)),
            ("\(parts[0])..\(parts[2])", .malformed(.payload)), ("\(parts[0]).\(parts[1])=.\(parts[2])", .malformed(.payload)),
            ("\(parts[0]).\(parts[1]).", .malformed(.signature)), ("\(parts[0]).\(parts[1]).\(parts[2].dropLast(2))", .malformed(.signature)),
            ("\(parts[0]).\(parts[1]).\(parts[2])AA", .malformed(.signature)), ("\(parts[0]).e30.\(parts[2])", .notAuthentic),
        ] as [(String, ReceiptError)] {
            #expect(read(Array(text.utf8)) == error, "\(text.prefix(40))")
        }
    }

    @Test("Headers: the key's algorithm and no other, our type, nothing that is not understood") func headers() throws {
        let (kid, typ) = (#""kid":"host-2026-11""#, #""typ":"kassa-receipt+jwt""#)
        for (header, error) in [
            (#"{"alg":"EdDSA",\#(kid),\#(typ)}"#, nil), (#" { "typ" : "kassa-receipt+jwt", \#(kid) , "alg":"EdDSA" }"#, nil),
            (#"{"alg":"none",\#(kid),\#(typ)}"#, .algorithmNotOfKey), (#"{"alg":"HS256",\#(kid),\#(typ)}"#, .algorithmNotOfKey),
            (#"{"alg":"ES256",\#(kid),\#(typ)}"#, .algorithmNotOfKey), (#"{"alg":"eddsa",\#(kid),\#(typ)}"#, .algorithmNotOfKey),
            (#"{"alg":"EdDSA","kid":"host-2026-12",\#(typ)}"#, .algorithmNotOfKey),
            (#"{"alg":"EdDSA","kid":"host-2026-10",\#(typ)}"#, .unknownKey), (#"{"alg":"EdDSA","kid":"",\#(typ)}"#, .wrong(.key)),
            (#"{"alg":"EdDSA","kid":7,\#(typ)}"#, .wrong(.key)), (#"{"alg":"EdDSA","kid":"../x",\#(typ)}"#, .wrong(.key)),
            (#"{"alg":"EdDSA",\#(kid),"typ":"JWT"}"#, .wrong(.type)), (#"{"alg":"EdDSA",\#(kid)}"#, .missing(.type)),
            (#"{\#(kid),\#(typ)}"#, .missing(.algorithm)), (#"{"alg":"EdDSA",\#(typ)}"#, .missing(.key)),
            (#"{"alg":"EdDSA",\#(kid),\#(typ),"crit":["exp"]}"#, .wrong(.critical)),
            (#"{"alg":"EdDSA",\#(kid),\#(typ),"jwk":{}}"#, .unknownName(.header)),
            (#"{"alg":"EdDSA",\#(kid),\#(typ),"b64":"x"}"#, .unknownName(.header)),
            (#"{"alg":"EdDSA","alg":"none",\#(kid),\#(typ)}"#, .duplicateName(.header)),
            (#"{"alg":"EdDSA","\u0061lg":"none",\#(kid),\#(typ)}"#, .duplicateName(.header)),
            (#"{"alg":"EdDSA",\#(kid),\#(typ)}x"#, .notJSON(.header)), (#"{"alg":"EdDSA",\#(kid),\#(typ),}"#, .notJSON(.header)),
        ] as [(String, ReceiptError?)] {
            #expect(read(try headed(header)) == error, "\(header)")
        }
    }

    @Test("An HMAC with the public key for its secret, and no signature at all, are never tried") func confusion() throws {
        let header = #"{"alg":"HS256","kid":"host-2026-11","typ":"kassa-receipt+jwt"}"#
        let signed = ReceiptBase64URL.encode(header.utf8) + [UInt8(ascii: ".")] + ReceiptBase64URL.encode(try claims().utf8)
        guard case .ed25519(let key) = host.ed25519.publicKey else { return }
        for secret in [Array(key.rawRepresentation), ReceiptBase64URL.encode(key.rawRepresentation)] {
            let mac = Array(HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: secret)))
            #expect(read(signed + [UInt8(ascii: ".")] + ReceiptBase64URL.encode(mac + mac)) == .algorithmNotOfKey)
        }
        let none: String = header.replacing("HS256", with: "none")
        let unsigned = ReceiptBase64URL.encode(none.utf8) + signed.dropFirst(ReceiptBase64URL.encode(header.utf8).count)
        #expect(read(unsigned + [UInt8(ascii: ".")]) == .algorithmNotOfKey)
    }

    @Test("Claims that the host has signed and that still are no receipt name the field") func claims_() throws {
        let good = try claims()
        #expect(try read(claims: good) == nil)
        for (from, to, error) in [
            (#""jti":"019a"#, #""jti":"019ä"#, .wrong(.payment)), (#""aud":"shop-1""#, #""aud":["shop-1"]"#, .wrong(.site)),
            // Cyrillic о, full-width 1, nothing, a blank, 65 letters.
            ("shop-1", "shоp-1", .wrong(.site)), ("shop-1", "shop-１", .wrong(.site)), ("shop-1", "", .wrong(.site)),
            ("shop-1", "shop 1", .wrong(.site)), ("shop-1", String(repeating: "s", count: 65), .wrong(.site)),
            ("0707", "070g", .wrong(.person)), ("\"sub\":\"07", "\"sub\":\"", .wrong(.person)),
            (#""amt":1270"#, #""amt":0"#, .wrong(.amount)), (#""amt":1270"#, #""amt":-1270"#, .wrong(.amount)),
            (#""amt":1270"#, #""amt":1271"#, .wrong(.purses)), (#""amt":1270"#, #""amt":"1270""#, .wrong(.amount)),
            (#""amt":1270"#, #""amt":1270.0"#, .notJSON(.payload)), (#""amt":1270"#, #""amt":1.27e3"#, .notJSON(.payload)),
            (#""amt":1270"#, #""amt":01270"#, .notJSON(.payload)), (#""amt":1270"#, #""amt":9223372036854775808"#, .notJSON(.payload)),
            (#""amt":1270"#, #""amt":null"#, .notJSON(.payload)), (#""amt":1270"#, #""amt":true"#, .notJSON(.payload)),
            ("EUR", "eur", .wrong(.currency)), ("EUR", "XXX", .wrong(.currency)), ("EUR", "EURO", .wrong(.currency)),
            ("1795262400000", "-1", .wrong(.paidAt)), ("1795262400000", "1795262460000", .wrong(.minute)),
            ("Aino", "\u{202E}Aino", .wrong(.holder)), ("Aino", "Ai\u{200F}no", .wrong(.holder)), ("Aino", "Ai\\u0007no", .wrong(.holder)),
            ("Aino", "Ai\\nno", .wrong(.holder)), ("Aino", "Аino", .wrong(.holder)), ("Aino", "Ai\u{FEFF}no", .wrong(.holder)),
            ("Aino", " Aino", .wrong(.holder)), ("Aino", "Aino\u{A0}", .wrong(.holder)), ("Aino", "Ai\u{E000}no", .wrong(.holder)),
            ("Aino", "A" + String(repeating: "\u{301}", count: 9), .wrong(.holder)), ("Aino", String(repeating: "A", count: 193), .wrong(.holder)),
            ("Aino", String(repeating: "A", count: 513), .notJSON(.payload)), ("Aino Virtanen", "", .wrong(.holder)),
            ("Aino", "Ai\\ud800no", .notJSON(.payload)), ("Aino", "Ai\u{1}no", .notJSON(.payload)),
            ("epassi-mobile", "", .wrong(.programme)), (#"["own",270]"#, #"["own",-270]"#, .wrong(.purses)),
            (#"["own",270]"#, #"["benefit",270]"#, .wrong(.purses)), (#"["own",270]"#, #"["own"]"#, .wrong(.purses)),
            (#"["own",270]"#, #"["own",9223372036854775807]"#, .wrong(.purses)), (#"[["benefit",1000],["own",270]]"#, "[]", .wrong(.purses)),
            (#""ser":345"#, #""ser":1024"#, .wrong(.serial)), (#""ser":345"#, #""ser":-1"#, .wrong(.serial)),
            (#""min":29921040"#, #""min":29921041"#, .wrong(.minute)), (#""ser":345,"#, "", .missing(.serial)),
            (#""ser":345"#, #""ser":345,"ser":346"#, .duplicateName(.payload)), (#""ser":345"#, #""ser":345,"exp":1"#, .unknownName(.payload)),
            (#""kty":"EC""#, #""kty":"OKP""#, .wrong(.device)), (#""crv":"P-256""#, #""crv":"P-384""#, .wrong(.device)),
            (#""kty":"EC""#, #""kty":"EC","d":"x""#, .wrong(.device)), (#"{"jwk":"#, #"{"jku":"#, .wrong(.device)),
            (#""x":""#, #""x":"A"#, .wrong(.device)), (#"{"jti""#, #"[{"jti""#, .notJSON(.payload)), (#"{"jti""#, "\u{FEFF}{\"jti\"", .notJSON(.payload)),
        ] as [(String, String, ReceiptError)] {
            #expect(good.contains(from))
            #expect(try read(claims: good.replacing(from, with: to, maxReplacements: 1)) == error, "\(from) → \(to.prefix(40))")
        }
        // Deep, wide, and cut off everywhere.
        #expect(try read(claims: String(repeating: "[", count: 2000)) == .notJSON(.payload))
        #expect(try read(claims: "{" + (0..<40).map { "\"a\($0)\":1" }.joined(separator: ",") + "}") == .notJSON(.payload))
        for end in stride(from: 0, to: good.utf8.count, by: 7) {
            let error = try read(claims: String(decoding: good.utf8.prefix(end), as: UTF8.self))
            #expect(error == (end == 0 ? .malformed(.payload) : .notJSON(.payload)))
        }
        // Bytes that are no UTF-8.
        #expect(read(try host.ed25519.token(claims: Array(good.replacing("Aino", with: "Ai\u{1}").utf8).map { $0 == 1 ? 0xFF : $0 })) == .notJSON(.payload))
    }

    @Test("Names come in normal form C: what was typed in two code points is one person with what was typed in one") func normalForm() throws {
        let text = try claims().replacing("Aino Virtanen", with: "A\u{30A}sa O\u{308}stro\u{308}m")
        let token = try ReceiptToken(try host.ed25519.token(claims: Array(text.utf8)), keys: host.keys)
        #expect(Array(token.receipt.holder.utf8) == Array("Åsa Öström".utf8))
        for name in ReceiptHost.names { #expect(try host.receipt(holder: name).holder == name) }
    }

    @Test("Keys have their time: of the payment, to the millisecond; what left the set is unknown") func keyTimes() throws {
        let receipt = try host.receipt()
        let token = try host.ed25519.token(receipt).text
        func read(_ from: Int64, _ until: Int64) throws -> ReceiptError? {
            let key = try #require(
                ReceiptHostKey(
                    id: host.ed25519.id, key: host.ed25519.publicKey, from: receiptNoon.advanced(byMilliseconds: from),
                    until: receiptNoon.advanced(byMilliseconds: until)))
            do throws(ReceiptError) { _ = try ReceiptToken(token, keys: ReceiptKeySet([key])!) } catch { return error }
            return nil
        }
        #expect(try read(0, 1) == nil)
        #expect(try read(1, 2) == .keyNotInForce)
        #expect(try read(-1, 0) == .keyNotInForce)
        #expect(throws: ReceiptError.unknownKey) { try ReceiptToken(token, keys: ReceiptKeySet([])!) }
        // Another's key under the host's name.
        let stranger = ReceiptSigningKey(id: host.ed25519.id, Curve25519.Signing.PrivateKey())!
        #expect(self.read(try stranger.token(receipt).text) == .notAuthentic)
    }

    @Test("Any bit of a token changed, and it is refused") func everyBit() throws {
        let token = try host.p256.token(try host.receipt()).text
        for place in token.indices {
            var changed = token
            changed[place] ^= 1 << UInt8(place % 7)
            #expect(read(changed) != nil, "\(place)")
        }
    }

    @Test("The set of keys travels as JSON and is read within bounds") func keySet() throws {
        let encoded = try JSONEncoder().encode(host.keys)
        #expect(try JSONDecoder().decode(ReceiptKeySet.self, from: encoded) == host.keys)
        let text = String(decoding: encoded, as: UTF8.self)
        for (from, to) in [("host-2026-12", "host-2026-11"), ("\"P-256\"", "\"P-384\""), ("\"kid\":\"host", "\"kid\":\" host"), ("\"EC\"", "\"oct\"")] {
            #expect(text.contains(from))
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(ReceiptKeySet.self, from: Data(text.replacing(from, with: to).utf8)) }
        }
        let key = host.keys.keys[0]
        #expect(ReceiptKeySet((0..<17).map { ReceiptHostKey(id: "k\($0)", key: key.key, from: key.from, until: key.until)! }) == nil)
        #expect(ReceiptHostKey(id: "a", key: key.key, from: key.from, until: key.from) == nil)
    }

    @Test("Nothing prints a holder, a token or a private key") func printing() throws {
        let token = try host.ed25519.token(try host.receipt())
        var dumped = ""
        dump(token, to: &dumped)
        dump(host.ed25519, to: &dumped)
        dumped += "\(token) \(token.receipt) \(host.ed25519)" + String(reflecting: token.receipt)
        #expect(!dumped.contains("Aino") && !dumped.contains("eyJ") && dumped.contains("12.70 EUR"))
    }
}
