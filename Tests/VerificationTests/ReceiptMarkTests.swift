import Core
import Foundation
import Testing

@testable import Verification

@Suite("A receipt is accepted once, in whichever form, and twice only where lanes were apart") struct ReceiptMarkTests {
    private func mark(
        _ number: UInt8, payment: String? = "P1", serial: UInt16 = 1, minute: Int64 = 100, terminal: String = "T1", at: Int64 = 0
    ) -> ReceiptMark {
        ReceiptMark(
            code: ReceiptCodeName(site: "shop-1", minute: minute, serial: serial), payment: payment,
            acceptance: UUIDv7(milliseconds: 0, random: [0, number]), terminal: terminal, at: receiptNoon.advanced(byMilliseconds: at))
    }

    @Test("QR, NFC and typed code are one: whichever comes first, the others are refused with when and where") func forms() {
        for (first, second) in [("P1", nil), (nil, "P1"), ("P1", "P1"), (nil, nil)] as [(String?, String?)] {
            var marks = ReceiptMarks()
            let one = mark(1, payment: first, terminal: "T1", at: 1)
            #expect(marks.accept(one) == .taken)
            #expect(marks.accept(mark(2, payment: second, terminal: "T2", at: 2)) == .used(one))
            #expect(marks.used(one.code, payment: second) == one)
            // The same question once more.
            #expect(marks.accept(one) == .takenBefore)
            #expect(marks.marks.count == 1 && marks.doubles.isEmpty)
        }
    }

    @Test("A receipt issued anew with another serial is still the same payment; other serials, minutes, payments are not") func names() {
        var marks = ReceiptMarks([mark(1)])
        #expect(marks.accept(mark(2, serial: 2)) == .used(mark(1)))
        #expect(marks.accept(mark(3, payment: "P2")) == .used(mark(1)))
        #expect(marks.accept(mark(4, payment: "P2", serial: 2)) == .taken)
        #expect(marks.accept(mark(5, payment: nil, minute: 101)) == .taken)
        #expect(marks.accept(mark(6, payment: nil, serial: 2)) == .used(mark(4, payment: "P2", serial: 2)))
    }

    @Test("Lanes that were cut off: the second acceptance is found at forwarding, with the first") func apart() {
        var left = ReceiptMarks()
        var right = ReceiptMarks()
        #expect(left.accept(mark(1, terminal: "T1", at: 5)) == .taken)
        #expect(right.accept(mark(2, payment: nil, terminal: "T2", at: 3)) == .taken)
        #expect(right.accept(mark(3, payment: "P9", serial: 9, terminal: "T2")) == .taken)
        let doubles = left.merge(right.marks)
        #expect(doubles.map(\.first) == [mark(2, payment: nil, terminal: "T2", at: 3)])
        #expect(doubles.first?.others == [mark(1, terminal: "T1", at: 5)])
        // Told again: nothing new, and it stands.
        #expect(left.merge(right.marks).isEmpty)
        #expect(left.doubles == doubles)
        #expect(right.merge(left.marks) == doubles && left == right)
        // From now on both know.
        #expect(left.accept(mark(7, terminal: "T1", at: 9)) == .used(mark(2, payment: nil, terminal: "T2", at: 3)))
    }

    @Test("One acceptance that is told twice is one, also when the payment became known only later") func told() {
        var marks = ReceiptMarks([mark(1, payment: nil)])
        #expect(marks.merge([mark(1, payment: "P1")]).isEmpty)
        #expect(marks.doubles.isEmpty)
        // …and links to what names the payment alone.
        #expect(marks.used(ReceiptCodeName(site: "shop-1", minute: 1, serial: 1), payment: "P1") != nil)
    }

    @Test("Merging is the same in any order and any number of times, and finds every payment that was accepted twice") func merging() {
        var random = ReceiptRandom(31)
        for _ in 0..<300 {
            // Three lanes, apart from each other, and a host that sees all of it in another order.
            var lanes = [ReceiptMarks(), ReceiptMarks(), ReceiptMarks()]
            var accepted: [Int: Int] = [:]
            for number in 0..<20 as Range<UInt8> {
                let (payment, lane) = (Int(random.next() % 8), Int(random.next() % 3))
                let isTyped = random.next() % 2 == 0
                let answer = lanes[lane].accept(
                    mark(
                        number, payment: isTyped ? nil : "P\(payment)", serial: UInt16(payment), terminal: "T\(lane)",
                        at: Int64(random.next() % 100)))
                if case .taken = answer { accepted[payment, default: 0] += 1 }
            }
            for payment in accepted.values { #expect(payment <= 3) }
            let all = lanes.flatMap(\.marks)
            var ends: [ReceiptMarks] = []
            for _ in 0..<4 {
                var end = ReceiptMarks()
                var found: Set<ReceiptCodeName> = []
                for mark in (all + all.prefix(5)).shuffled(using: &random) { for double in end.merge([mark]) { found.insert(double.first.code) } }
                #expect(found.count == accepted.values.filter { $0 > 1 }.count)
                ends.append(end)
            }
            #expect(ends.allSatisfy { $0 == ends[0] && $0.doubles == ends[0].doubles })
            #expect(ends[0].doubles.map { $0.others.count + 1 }.sorted() == accepted.values.filter { $0 > 1 }.sorted())
        }
    }

    @Test("What is forgotten is too old to be shown") func forgetting() throws {
        var marks = ReceiptMarks([mark(1, minute: 99), mark(2, payment: "P2", minute: 100)])
        marks.forget(before: 100)
        #expect(marks == ReceiptMarks([mark(2, payment: "P2", minute: 100)]))
        #expect(ReceiptMark.keeping(validity: 900_000, ahead: 60_000) == 960_000 + 86_400_000)
        #expect(ReceiptMark.keeping(validity: .max, ahead: 1) == .max)
        let stored = try JSONDecoder().decode(ReceiptMark.self, from: JSONEncoder().encode(mark(1)))
        #expect(stored == mark(1))
        #expect(ReceiptCodeName.minute(of: UTCInstant(milliseconds: -1)) == -1 && ReceiptCodeName.minute(of: UTCInstant(milliseconds: 59_999)) == 0)
    }
}
