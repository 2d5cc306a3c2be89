import Core
import Crypto
import Foundation
import Testing

@testable import Verification

/// PyPI joserfc agrees, 1,000 random receipts each way, half of them with Ed25519 and half with ES256.
@Suite("joserfc agrees on tokens", .timeLimit(.minutes(5))) struct ReceiptPeerTests {
    private struct Token: Codable { var kid: String, token: String, broken: String }
    private struct Question: Codable { var keys: [String: ReceiptJWK], tokens: [Token] }
    private struct Claims: Codable, Equatable {
        struct Confirmation: Codable, Equatable { var jwk: ReceiptJWK }
        enum Share: Codable, Equatable {
            case purse(String), amount(Int64)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let amount = try? container.decode(Int64.self) { self = .amount(amount) } else { self = .purse(try container.decode(String.self)) }
            }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                switch self {
                case .purse(let text): try container.encode(text)
                case .amount(let number): try container.encode(number)
                }
            }
        }

        var jti: String, aud: String, sub: String, amt: Int64, cur: String, paid: Int64, name: String, prg: String
        var prs: [[Share]], ser: UInt16, min: Int64, cnf: Confirmation

        init(_ receipt: Receipt) {
            (jti, aud, sub, amt, cur) = (receipt.payment, receipt.site, receipt.person.hex, receipt.amount.minorUnits, receipt.amount.currency.code)
            (paid, name, prg, ser) = (receipt.paidAt.milliseconds, receipt.holder, receipt.programme, receipt.serial)
            prs = receipt.purses.map { [.purse($0.purse), .amount($0.amount)] }
            min = receipt.paidAt.milliseconds / 60_000
            cnf = Confirmation(jwk: ReceiptJWK(receipt.device))
        }
    }

    private struct Verdict: Codable { var header: [String: String], claims: Claims, brokenIsRefused: Bool }

    @Test("What the host issues here is read there, and what is broken is refused there too") func issuedHere() throws {
        let host = try ReceiptHost()
        var random = ReceiptRandom(2)
        var receipts: [Receipt] = []
        var tokens: [Token] = []
        for place in 0..<1000 {
            let key = place % 2 == 0 ? host.ed25519 : host.p256
            let receipt = try host.receipt(&random, phone: host.phones[place / 2 % 2])
            let text = try key.token(receipt).text
            var broken = text
            // One bit of what is signed: the payload's base64url stays one.
            let dot = text.firstIndex(of: UInt8(ascii: "."))!
            let spot = dot + 1 + Int(random.next() % 200)
            broken[spot] = broken[spot] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            receipts.append(receipt)
            tokens.append(Token(kid: key.id, token: String(decoding: text, as: UTF8.self), broken: String(decoding: broken, as: UTF8.self)))
            #expect(throws: ReceiptError.notAuthentic) { try ReceiptToken(broken, keys: host.keys) }
        }
        let keys = Dictionary(uniqueKeysWithValues: host.keys.keys.map { ($0.id, ReceiptJWK($0.key)) })
        let verdicts = try ReceiptPeer().ask(
            """
            from joserfc import jws
            from joserfc.jwk import ECKey, OKPKey
            keys = {k: (OKPKey if v['kty'] == 'OKP' else ECKey).import_key({n: x for n, x in v.items() if x}) for k, v in question['keys'].items()}
            def read(token):
                return jws.deserialize_compact(token, lambda o: keys[o.headers()['kid']], algorithms=['EdDSA', 'ES256'])
            def refused(token):
                try: read(token)
                except Exception: return True
                return False
            answer = []
            for t in question['tokens']:
                o = read(t['token'])
                answer.append({'header': o.headers(), 'claims': json.loads(o.payload), 'brokenIsRefused': refused(t['broken'])})
            """, Question(keys: keys, tokens: tokens), [Verdict].self)
        #expect(verdicts.count == 1000)
        for (place, verdict) in verdicts.enumerated() {
            let key = place % 2 == 0 ? host.ed25519 : host.p256
            #expect(verdict.claims == Claims(receipts[place]) && verdict.brokenIsRefused)
            #expect(verdict.header == ["alg": key.publicKey.algorithm, "kid": key.id, "typ": "kassa-receipt+jwt"])
        }
    }

    private struct Issued: Codable { var keys: [String: ReceiptJWK], tokens: [String], claims: [Claims] }

    @Test("What is issued there is read here: other order, other white space, escapes for every letter that is no ASCII") func issuedThere() throws {
        let issued = try ReceiptPeer().ask(
            """
            import random, uuid
            from joserfc import jws
            from joserfc.jwk import ECKey, OKPKey
            random.seed(question['seed'])
            kids = {'a': OKPKey.generate_key('Ed25519'), 'b': ECKey.generate_key('P-256')}
            phones = [OKPKey.generate_key('Ed25519').as_dict(private=False), ECKey.generate_key('P-256').as_dict(private=False)]
            phones = [{n: k[n] for n in ('kty', 'crv', 'x', 'y') if n in k} for k in phones]
            tokens, claims = [], []
            for place in range(1000):
                prs = [['purse%d' % n, random.randint(1, 10 ** 6)] for n in range(random.randint(1, 8))]
                paid = 1795262400000 + random.randint(-10 ** 7, 10 ** 7)
                c = {'jti': str(uuid.UUID(int=random.getrandbits(128))), 'aud': 'shop-%d' % random.randint(1, 99), 'sub': '%032X' % random.getrandbits(128),
                     'amt': sum(a for _, a in prs), 'cur': random.choice(['EUR', 'SEK', 'JPY', 'KWD']), 'paid': paid, 'name': random.choice(question['names']),
                     'prg': 'wallet', 'prs': prs, 'ser': random.randint(0, 1023), 'min': paid // 60000, 'cnf': {'jwk': random.choice(phones)}}
                items = list(c.items()); random.shuffle(items)
                text = json.dumps(dict(items), ensure_ascii=random.random() < 0.5, separators=random.choice([(',', ':'), (', ', ': ')]), indent=random.choice([None, 1]))
                kid = random.choice('ab')
                header = [('alg', 'EdDSA' if kid == 'a' else 'ES256'), ('kid', kid), ('typ', 'kassa-receipt+jwt')]; random.shuffle(header)
                tokens.append(jws.serialize_compact(dict(header), text, kids[kid], algorithms=['EdDSA', 'ES256'])); claims.append(c)
            public = {k: {n: v for n, v in key.as_dict(private=False).items() if n in ('kty', 'crv', 'x', 'y')} for k, key in kids.items()}
            answer = {'keys': public, 'tokens': tokens, 'claims': claims}
            """, Names(seed: 3, names: ReceiptHost.names), Issued.self)
        let keys = try #require(
            ReceiptKeySet(
                issued.keys.map { kid, jwk in
                    ReceiptHostKey(
                        id: kid, key: jwk.key!, from: receiptNoon.advanced(byMilliseconds: -86_400_000),
                        until: receiptNoon.advanced(byMilliseconds: 86_400_000))!
                }))
        #expect(issued.tokens.count == 1000)
        for (token, claims) in zip(issued.tokens, issued.claims) {
            #expect(try Claims(ReceiptToken(Array(token.utf8), keys: keys).receipt) == claims)
        }
    }

    private struct Names: Codable { var seed: Int, names: [String] }
}
