import Core
import Crypto
import Foundation
import Testing

@testable import Verification

@Suite("A typed code is held against the minutes in which it would be good") struct CodeCheckTests {
    static let master = SymmetricKey(data: (0..<32).map { UInt8($0) })
    static let day = CivilDate(year: 2026, month: 11, day: 21)!
    let keys: SiteKeySet
    let noon = ReceiptCodeName.minute(of: receiptNoon)
    let amount = Money(minorUnits: 1270, currency: .eur)
    let check = CodeCheck(validity: 300_000, ahead: 60_000)

    init() throws { keys = try #require(SiteKeyMaster(key: Self.master, site: "shop-1")?.keys(from: Self.day, days: 3)) }

    private func name(_ minute: Int64, serial: UInt16 = 345, site: String = "shop-1") -> ReceiptCodeName {
        ReceiptCodeName(site: site, minute: minute, serial: serial)
    }

    private struct Row: Codable { var site: String, date: String, serial: Int, minute: Int64, amount: Int64, currency: Int, code: String }

    @Test("Python's hmac and its own field arithmetic make the same 1,000 codes") func peer() throws {
        var random = ReceiptRandom(21)
        var rows: [Row] = []
        for _ in 0..<1000 {
            let site = "shop-\(random.next() % 50)"
            let day = CivilDate(daysSince1970: 20_000 + Int64(random.next() % 3000))
            let master = try #require(SiteKeyMaster(key: Self.master, site: site))
            let keys = try #require(master.keys(from: day, days: 1))
            let minute = day.daysSince1970 * 1440 + Int64(random.next() % 1440)
            let money = Money(minorUnits: Int64(random.next() % 1_000_000_000), currency: Currency.known.randomElement(using: &random)!)
            let serial = UInt16(random.next() & 0x3FF)
            let code = try #require(keys.code(ReceiptCodeName(site: site, minute: minute, serial: serial), amount: money))
            #expect(code.serial == serial)
            rows.append(
                Row(
                    site: site, date: day.description, serial: Int(serial), minute: minute, amount: money.minorUnits,
                    currency: Int(money.currency.numeric), code: code.text))
        }
        let expected = try ReceiptPeer().ask(
            """
            import hmac, hashlib, struct
            log, exp, x = {}, [], 1
            for n in range(31):
                exp.append(x); log[x] = n
                x <<= 1
                if x & 32: x ^= 0b100101
            mul = lambda a, b: 0 if a == 0 or b == 0 else exp[(log[a] + log[b]) % 31]
            alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
            mac = lambda key, data: hmac.new(key, data, hashlib.sha256).digest()
            answer = []
            for r in question:
                prk = mac(bytes(32), bytes(range(32)))
                key = mac(prk, b'kassa-site-code-key-1\\0' + r['site'].encode() + b'\\0' + r['date'].encode() + b'\\1')
                data = b'kassa-code-1\\0' + struct.pack('>HqqH', r['serial'], r['minute'], r['amount'], r['currency']) + r['site'].encode()
                bits = '{:010b}'.format(r['serial']) + ''.join('{:08b}'.format(b) for b in mac(key, data))[:35]
                v = [int(bits[i:i + 5], 2) for i in range(0, 45, 5)]
                total = 0
                for i, s in enumerate(v): total ^= mul(exp[9 - i], s)
                answer.append(''.join(alphabet[s] for s in v + [total]))
            """, rows, [String].self)
        #expect(expected == rows.map(\.code))
    }

    @Test("Found in its minutes and in no other; the minute is told, and with it the payment") func minutes() throws {
        let code = try #require(keys.code(name(noon), amount: amount))
        #expect(check.candidates == 7)
        for offset in -3...8 as ClosedRange<Int64> {
            let now = receiptNoon.advanced(byMilliseconds: offset * 60_000 + 59_999)
            // One minute ahead of the terminal's clock to five behind it.
            #expect(check.find(code, amount: amount, at: now, keys: keys) == ((-1...5).contains(offset) ? name(noon) : nil))
        }
    }

    @Test("Across midnight with the key of its own day; a key that is missing finds nothing") func midnight() throws {
        let midnight = (Self.day.daysSince1970 + 1) * 1440
        let now = UTCInstant(milliseconds: (midnight + 2) * 60_000)
        for minute in midnight - 3...midnight + 2 {
            let code = try #require(keys.code(name(minute), amount: amount))
            #expect(check.find(code, amount: amount, at: now, keys: keys) == name(minute))
            let second = try #require(SiteKeySet(site: "shop-1", Array(keys.keys.dropFirst())))
            #expect(check.find(code, amount: amount, at: now, keys: second) == (minute < midnight ? nil : name(minute)))
        }
        #expect(keys.code(name(midnight + 2 * 1440), amount: amount) == nil)
        #expect(keys.code(name(noon, site: "shop-2"), amount: amount) == nil)
        #expect(keys.code(name(noon, serial: 1024), amount: amount) == nil)
    }

    @Test("Another amount, currency, site or serial is another code") func bound() throws {
        let code = try #require(keys.code(name(noon), amount: amount))
        func find(_ code: VerificationCode, _ amount: Money, _ keys: SiteKeySet) -> ReceiptCodeName? {
            check.find(code, amount: amount, at: receiptNoon, keys: keys)
        }
        #expect(find(code, amount, keys) == name(noon))
        #expect(find(code, Money(minorUnits: 1271, currency: .eur), keys) == nil)
        #expect(find(code, Money(minorUnits: 1270, currency: .sek), keys) == nil)
        let other = try #require(SiteKeyMaster(key: Self.master, site: "shop-2")?.keys(from: Self.day, days: 3))
        #expect(find(code, amount, other) == nil)
        #expect(find(VerificationCode(serial: 346, mac: code.mac), amount, keys) == nil)
        for bit in 0..<35 { #expect(find(VerificationCode(serial: 345, mac: code.mac ^ 1 << UInt64(bit)), amount, keys) == nil) }
    }

    /// The bound that Receipts.md states, on a MAC shortened to where it can be counted: so many of all guesses pass as there are
    /// minutes to try.
    @Test("Guesses pass as often as the doc says: candidates in 2³⁵, seen on 12 of the 35 bits") func guesses() throws {
        var passing: Set<UInt64> = []
        for minute in noon - 5...noon + 1 { passing.insert(try #require(keys.code(name(minute), amount: amount)).mac >> 23) }
        #expect(passing.count <= check.candidates && passing.count > 0)
        var found = 0
        for guess in 0..<4096 as Range<UInt64> {
            // The low bits are taken from a right one where there is one: what is left to guess is 12 bits.
            let right = try (noon - 5...noon + 1).map { try #require(keys.code(name($0), amount: amount)).mac }.first { $0 >> 23 == guess }
            let mac = right ?? guess << 23
            if check.find(VerificationCode(serial: 345, mac: mac), amount: amount, at: receiptNoon, keys: keys) != nil { found += 1 }
        }
        #expect(found == passing.count)
    }

    @Test("HKDF of RFC 5869 by day and site; the set of keys travels sealed and wiped, and is read within bounds") func keySet() throws {
        #expect(keys.keys.count == 3 && keys.keys[0].until == keys.keys[1].from)
        let form = keys.sealedForm
        let read = try #require(SiteKeySet(opened: form))
        #expect(read.site == "shop-1" && read.keys.map(\.from) == keys.keys.map(\.from))
        #expect(read.code(name(noon), amount: amount) == keys.code(name(noon), amount: amount))
        let bytes = form.withUnsafeBytes { Array($0) }
        for count in bytes.indices { #expect(SiteKeySet(opened: SymmetricKey(data: Array(bytes.prefix(count)) + (count == 0 ? [0] : []))) == nil || count == 1 + 6 + 48 || count == 1 + 6 + 96) }
        #expect(SiteKeySet(site: "shop-1", [keys.keys[0], keys.keys[0]]) == nil)
        #expect(SiteKeySet(site: "shop-1", []) == nil && SiteKeySet(site: "shöp", keys.keys) == nil)
        #expect(SiteKey(key: SymmetricKey(size: .bits128), from: 0, until: 1) == nil)
        #expect(SiteKey(key: SymmetricKey(size: .bits256), from: 0, until: 1441) == nil)
        #expect(SiteKey(key: SymmetricKey(size: .bits256), from: .min, until: .max) == nil)
        #expect(SiteKeyMaster(key: SymmetricKey(size: .bits128), site: "shop-1") == nil)
        #expect(SiteKeyMaster(key: Self.master, site: "shop-1")?.keys(from: Self.day, days: 17)?.keys.count == 16)
        var dumped = ""
        dump(keys, to: &dumped)
        dump(SiteKeyMaster(key: Self.master, site: "shop-1"), to: &dumped)
        dump(keys.code(name(noon), amount: amount), to: &dumped)
        #expect(!dumped.lowercased().contains("symmetric") && !dumped.contains("mac"))
    }
}
