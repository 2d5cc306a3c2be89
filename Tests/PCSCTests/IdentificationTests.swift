import Foundation
import PCSC
import SmartCard
import Testing

extension FakeServiceTests {
    @Suite("Readers are asked which device they are") struct Identification {
        private typealias Fake = FakeServiceTests

        /// SCARD_ATTR_CHANNEL_ID as libccid answers it for a USB device.
        private static func channel(_ bus: UInt8, _ number: UInt8) -> String {
            "00020110 " + [number, bus, 0x20, 0x00].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }

        @Test("The driver's address and the kernel's list give the place; plugged in elsewhere, the place is another")
        func place() async throws {
            let tree = SysfsTree()
            try tree.plug("1-1.3", bus: 1, number: 7, "072f", "2200")
            let bench = try Fake.Bench(up: false, sysfs: tree.root)
            try bench.fake.order("attribute Fake_Reader_00_00 \(Self.channel(1, 7))")
            try bench.fake.order("up")
            let identity = await bench.identity()
            #expect(identity?.key == "usb:1-1.3/00")
            #expect(identity?.usbID == "072F:2200")
            #expect(bench.system.readers.first?.identity == identity)
            // Asked once, however many cards come.
            for _ in 0..<3 { #expect(try await bench.failure() == nil) }
            #expect(try bench.number("count direct") == 1)
            // Shared, without a protocol, and left as it was: hContext, name[128], share mode, protocols.
            #expect(try bench.words("last direct")[0].dropFirst(2 * 132).prefix(16) == "0300000000000000")

            var events = bench.system.events().makeAsyncIterator()
            try bench.fake.order("del Fake_Reader_00_00")
            #expect(await Fake.next(&events) { $0 == .readerRemoved(Fake.reader) ? true : nil } == true)
            try tree.plug("1-1.4", bus: 1, number: 8, "072f", "2200")
            // Told of only when its driver knows its address.
            try bench.fake.order("sneak Fake_Reader_00_00")
            try bench.fake.order("attribute Fake_Reader_00_00 \(Self.channel(1, 8))")
            try bench.fake.order("add Another_01_00")
            let moved: ReaderIdentity? = await Fake.next(&events) { event in
                if case .readerIdentified(let identity) = event, identity.name == Fake.reader { identity } else { nil }
            }
            #expect(moved?.key == "usb:1-1.4/00")
            await bench.end()
        }

        @Test("Two equal readers that change their names when pcscd starts anew keep their lanes")
        func restart() async throws {
            let tree = SysfsTree()
            try tree.plug("1-1.3", bus: 1, number: 7, "072f", "2200")
            try tree.plug("1-1.4", bus: 1, number: 8, "072f", "2200")
            let bench = try Fake.Bench(up: false, sysfs: tree.root)
            let roles = [ReaderRole(role: "lane 1", path: "1-1.3"), ReaderRole(role: "lane 2", path: "1-1.4")]
            let second = "Fake Reader 01 00"
            try bench.fake.order("add Fake_Reader_01_00")
            for (numbers, expected) in [([7, 8], [Fake.reader, second]), ([8, 7], [second, Fake.reader])] as [([UInt8], [String])] {
                try bench.fake.order("attribute Fake_Reader_00_00 \(Self.channel(1, numbers[0]))")
                try bench.fake.order("attribute Fake_Reader_01_00 \(Self.channel(1, numbers[1]))")
                var events = bench.system.events().makeAsyncIterator()
                try bench.fake.order("up")
                var known = Set<String>()
                while known.count < 2, let name: String = await Fake.next(&events, { event in
                    if case .readerIdentified(let identity) = event { identity.name } else { nil }
                }) { known.insert(name) }
                let identities = bench.system.readers.compactMap(\.identity)
                #expect(ReaderRole.assign(roles, to: identities) == expected.map { .reader($0) })
                try bench.fake.order("down")
                #expect(await Fake.next(&events) { event in if case .serviceDown = event { true } else { nil } } == true)
                // The event comes first, by a little.
                for _ in 0..<500 where bench.system.readers.contains(where: { $0.identity != nil }) {
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(bench.system.readers.allSatisfy { $0.identity == nil })
            }
            await bench.end()
        }

        @Test("A reader that another program holds is asked again with its next card, and takes cards meanwhile")
        func heldByAnother() async throws {
            let bench = try Fake.Bench(up: false)
            try bench.fake.order("fail direct 8010000B 1")
            try bench.fake.order("up")
            let reader = bench.system.reader(named: Fake.reader)
            var events = reader.events().makeAsyncIterator()
            try await bench.until("count direct") { $0 == 1 }
            // The refusal has arrived when another tap has run on the reader's thread.
            #expect(await Fake.failure(reader) == .removed)
            try bench.card()
            _ = await Fake.next(&events, Fake.isInserted)
            #expect(await bench.identity()?.key == "name:Fake Reader/00")
            #expect(await Fake.failure(reader) == nil)
            await bench.end()
        }

        @Test("What a driver tells is bounded and odd answers are passed over", arguments: [
            "features Fake_Reader_00_00 0604", "features Fake_Reader_00_00 12FF42330012", "features Fake_Reader_00_00 120442330012",
        ])
        func oddAnswers(_ order: String) async throws {
            let bench = try Fake.Bench(up: false)
            try bench.fake.order(order)
            try bench.fake.order("attribute Fake_Reader_00_00 00020110 " + String(repeating: "20", count: 264))
            try bench.fake.order("control Fake_Reader_00_00 42330012 0B02")
            try bench.fake.order("up")
            #expect(await bench.identity()?.key == "name:Fake Reader/00")
            await bench.end()
        }
    }
}
