import HostProtocol

/// The few fields of an encoded record that books need, found by a look at its canonical bytes: a host that decoded
/// fifty
/// million records in full would be the test's bottleneck. ``Interleavings`` decodes a sample in full and compares.
public struct RecordGlance: Sendable, Equatable {
    public var kind: String
    public var sequence: Int64?
    /// As the record names them: purse, denomination, units, money.
    public var split: [PurseShare] = []

    /// - Parameter body: as ``JournalRecord/encoded()`` made it: sorted keys, no spaces, no escapes in what is looked
    /// for.
    public init?(_ body: some Collection<UInt8>) {
        let bytes = Array(body)
        guard let kind = RecordGlance.text(bytes, after: #""kind":""#, skipping: #""lines":"#) else { return nil }
        self.kind = kind
        sequence = RecordGlance.place(bytes, #""accountSequence":"#, from: 0).flatMap {
            RecordGlance.number(bytes, $0)?.value
        }
        guard var place = RecordGlance.place(bytes, #""split":["#, from: 0) else { return }
        while place < bytes.count, bytes[place] != UInt8(ascii: "]") {
            guard let end = bytes[place...].firstIndex(of: UInt8(ascii: "}")),
                let share = RecordGlance.share(Array(bytes[place...end]))
            else { return nil }
            split.append(share)
            place = end + 1
            if place < bytes.count, bytes[place] == UInt8(ascii: ",") { place += 1 }
        }
    }

    private static func share(_ bytes: [UInt8]) -> PurseShare? {
        guard let money = place(bytes, #""money":"#, from: 0).flatMap({ number(bytes, $0)?.value }),
            let units = place(bytes, #""units":"#, from: 0).flatMap({ number(bytes, $0)?.value }),
            let purse = text(bytes, after: #""purse":""#)
        else { return nil }
        let denomination = place(bytes, #""denomination":"#, from: 0).flatMap { number(bytes, $0)?.value }
        return PurseShare(purse: purse, denomination: denomination, units: units, money: money)
    }

    /// Just behind `key`.
    private static func place(_ bytes: [UInt8], _ key: StaticString, from: Int) -> Int? {
        let size = key.utf8CodeUnitCount
        guard bytes.count >= size + from else { return nil }
        return bytes.withUnsafeBufferPointer { bytes in
            var start = from
            while start + size <= bytes.count {
                var same = 0
                while same < size, bytes[start + same] == key.utf8Start[same] { same += 1 }
                if same == size { return start + size }
                start += 1
            }
            return nil
        }
    }

    /// The lines of a receipt have kinds of their own; they come later in the canonical form.
    private static func text(_ bytes: [UInt8], after key: StaticString, skipping: StaticString? = nil) -> String? {
        guard let start = place(bytes, key, from: 0), let end = bytes[start...].firstIndex(of: UInt8(ascii: "\""))
        else {
            return nil
        }
        if let skipping, let lines = place(bytes, skipping, from: 0), lines < start { return nil }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private static func number(_ bytes: [UInt8], _ start: Int) -> (value: Int64, end: Int)? {
        var place = start
        var value: Int64 = 0
        let negative = place < bytes.count && bytes[place] == UInt8(ascii: "-")
        if negative { place += 1 }
        let first = place
        while place < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[place]) {
            value = value &* 10 &+ Int64(bytes[place] - UInt8(ascii: "0"))
            place += 1
        }
        return place > first ? (negative ? 0 &- value : value, place) : nil
    }
}
