import Core
import Crypto
import Foundation
import Testing

@testable import Verification

@Suite("Published examples of JWS, JWK and Base45") struct ReceiptVectorTests {
    private func isValid(_ token: String, _ jwk: ReceiptJWK) throws -> Bool {
        let parts = Array(token.utf8).split(separator: UInt8(ascii: "."))
        let signature = try #require(ReceiptBase64URL.decode(parts[2]))
        return try #require(jwk.key).isValid(signature, of: Array(token.utf8.prefix(parts[0].count + 1 + parts[1].count)))
    }

    @Test("RFC 8037 appendix A: an Ed25519 key as JWK, its signature, and the token of A.4 made anew") func ed25519() throws {
        let jwk = ReceiptJWK(kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", y: nil)
        let token = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
            + "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        #expect(try isValid(token, jwk))
        let secret = try #require(ReceiptBase64URL.decode(Array("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A".utf8)[...]))
        let key = try #require(ReceiptSigningKey(id: "a", Curve25519.Signing.PrivateKey(rawRepresentation: secret)))
        #expect(ReceiptJWK(key.publicKey) == jwk && jwk.key == key.publicKey)
        // Any signature of Ed25519 by this library is drawn with randomness of its own: what counts is that it verifies.
        let signed = Array(token.utf8.prefix { _ in true }.prefix(61))
        #expect(key.publicKey.isValid(try key.sign(signed), of: signed))
    }

    @Test("RFC 7515 appendix A.3: ES256") func es256() throws {
        let jwk = ReceiptJWK(
            kty: "EC", crv: "P-256", x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")
        let token = "eyJhbGciOiJFUzI1NiJ9."
            + "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
            + "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
        #expect(try isValid(token, jwk))
        #expect(try !isValid(token.replacing("DtEh", with: "DtEi"), jwk))
        // The payload holds `true`, which no receipt does, and names of its own; the header says nothing of a key.
        let keys = try #require(ReceiptKeySet([]))
        #expect(throws: ReceiptError.missing(.type)) { try ReceiptToken(Array(token.utf8), keys: keys) }
    }

    @Test("RFC 7515 appendix A.1 and A.5: HS256 and none are read by nobody") func others() throws {
        let keys = try #require(ReceiptKeySet([]))
        let hs256 = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS"
            + "9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        #expect(throws: ReceiptError.wrong(.type)) { try ReceiptToken(Array(hs256.utf8), keys: keys) }
        let none = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        #expect(throws: ReceiptError.missing(.type)) { try ReceiptToken(Array(none.utf8), keys: keys) }
    }

    @Test("RFC 7515 appendix C and RFC 4648 §10: base64url, of one spelling") func base64url() {
        for (bytes, text) in [([3, 236, 255, 224, 193], "A-z_4ME"), ([], ""), (Array("f".utf8), "Zg"), (Array("foobar".utf8), "Zm9vYmFy")] as [([UInt8], String)] {
            #expect(ReceiptBase64URL.encode(bytes) == Array(text.utf8))
            #expect(ReceiptBase64URL.decode(Array(text.utf8)[...]) == bytes)
        }
        // Bits behind the end, padding, the other alphabet, white space, a length that nothing has.
        for text in ["Zh", "Zg==", "A+z/4ME", "Zm 9v", "Zm9v\n", "Z", "Zm9vY", "Zé"] { #expect(ReceiptBase64URL.decode(Array(text.utf8)[...]) == nil) }
    }

    @Test("RFC 9285 §4.3 and §4.4: Base45") func base45() {
        for (bytes, text) in [("AB", "BB8"), ("Hello!!", "%69 VD92EX0"), ("base-45", "UJCLQE7W581"), ("ietf!", "QED8WEX0"), ("", "")] {
            #expect(PresentationBase45.encode(Array(bytes.utf8)) == Array(text.utf8))
            #expect(PresentationBase45.decode(Array(text.utf8)[...]) == Array(bytes.utf8))
        }
        // §6: above 65,535, above 255, another character, a length that nothing has.
        for text in ["GGW", ":::", "::", "bb8", "BB8B", "BB8€"] { #expect(PresentationBase45.decode(Array(text.utf8)[...]) == nil) }
        #expect(PresentationBase45.decode(Array("FGW".utf8)[...]) == [0xFF, 0xFF])
    }
}
