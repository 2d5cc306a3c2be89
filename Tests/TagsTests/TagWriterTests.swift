import Core
import SmartCard
import Testing
import VirtualCards

@testable import Tags

@Suite("A message is written so that a torn tag carries the old one, none, or the new one") struct TagWriterTests {
    private static let message = NDEFMessage(records: [.uri("https://kassa.example/t/42")])

    @Test(arguments: Twin.allCases)
    func roundTrips(_ twin: Twin) throws {
        var numbers = SeededNumbers(3)
        let card = try twin.make([0xD0, 0x00, 0x00])
        let channel = DirectChannel(card)
        var lengths = [3, 7, twin.capacity, twin.capacity - 1] + [250, 252, 253, 254, 255, 256, 257, 261, 262]
        lengths += (0..<20).map { _ in Int.random(in: 3...twin.capacity, using: &numbers) }
        for length in lengths where length <= twin.capacity {
            let message = try Twin.message(length, &numbers)
            let kind = try TagWriter(channel).write(message)
            let read = try TagReader(channel).read()
            #expect(read.ndef == message)
            #expect(read.problem == nil)
            #expect(read.kind == kind)
        }
    }

    /// Null TLVs between others count for a reader: behind more than it walks, a message would be lost.
    @Test func nothingIsWrittenWhereNoReaderLooks() throws {
        let (other, empty): ([UInt8], [UInt8]) = ([0xFD, 0x01, 0xBB, 0xFE], [0x03, 0x00])
        for (nulls, follower, takes) in [(70, other, false), (60, other, true), (63, empty, false), (62, empty, true), (70, [], true)] {
            let before: [UInt8] = [0xFD, 0x01, 0xAA]
            let card = try NTAG21x(uid: Twin.uid, data: before + [UInt8](repeating: 0, count: nulls) + follower)
            let channel = DirectChannel(card)
            if takes {
                try TagWriter(channel).write(Self.message)
                #expect(try TagReader(channel).read().ndef == Self.message)
            } else {
                #expect(throws: TagWriter.Failure.problem(.tooManyBlocks)) { try TagWriter(channel).write(Self.message) }
                #expect(card.writtenPages.isEmpty)
            }
        }
    }

    /// The twin takes every command, and its answer is lost; or it never hears the command. Either at every command.
    @Test(arguments: Twin.allCases)
    func tornAtEveryCommand(_ twin: Twin) throws {
        var numbers = SeededNumbers(9)
        let long = min(twin.capacity, 300)
        for (old, new) in [(20, long), (long, 20), (long, long - 5), (3, 30)] {
            let (before, after) = (try Twin.message(old, &numbers), try Twin.message(new, &numbers))
            let whole = DirectChannel(try twin.make(before.encoded()))
            try TagWriter(whole).write(after)
            var seen: Set<String> = []
            for index in 0..<whole.commands {
                for fault in [FaultyCard.Fault.tear(afterCommands: index), .tearBeforeDelivery(afterCommands: index)] {
                    let card = FaultyCard(try twin.make(before.encoded()), faults: [fault])
                    card.reset()
                    #expect(throws: TagWriter.Failure.tag(.card(.emptyResponse))) { try TagWriter(DirectChannel(card)).write(after) }
                    card.reset()
                    let read = try TagReader(DirectChannel(card)).read()
                    switch (read.ndef, read.problem) {
                    case (before, nil): seen.insert("old")
                    case (nil, nil), (nil, .interruptedWrite): seen.insert("none")
                    case (after, nil): seen.insert("new")
                    default: Issue.record("\(fault) left \(String(describing: read.problem)) \(String(describing: read.ndef))")
                    }
                    // And the tag can be written again.
                    try TagWriter(DirectChannel(card)).write(after)
                    #expect(try TagReader(DirectChannel(card)).read().ndef == after)
                }
            }
            #expect(seen == ["old", "none", "new"])
        }
    }

    /// Another tag comes into the field at any command, unseen by the reader. It takes nothing, or the one block that was on its way
    /// when it came; no message of ours is on it, and the write fails.
    @Test(arguments: Twin.allCases)
    func swappedAtEveryCommand(_ twin: Twin) throws {
        var numbers = SeededNumbers(5)
        let (before, after) = (try Twin.message(30, &numbers), try Twin.message(40, &numbers))
        let whole = DirectChannel(try twin.make(before.encoded()))
        try TagWriter(whole).write(after)
        var untouched = 0
        for place in 1..<whole.commands {
            let second = OtherTag(try twin.other(before.encoded()), changesUID: twin != .type3Frames)
            let channel = DirectChannel(SwappedCard(try twin.make(before.encoded()), second, after: place))
            #expect(throws: TagWriter.Failure.self, "after \(place)") { try TagWriter(channel).write(after) }
            #expect(second.writes <= (second.beginsWithWrite ? 1 : 0), "after \(place)")
            let read = try TagReader(DirectChannel(second)).read()
            #expect(read.ndef != after, "after \(place)")
            guard second.writes == 0 else { continue }
            untouched += 1
            #expect(read.ndef == before && read.problem == nil, "after \(place)")
        }
        #expect(untouched > whole.commands / 2)
    }

    /// Says where its model keeps keys, and keeps them there or only in the usual place.
    private final class KnownReader: KeyLoadingReader {
        private let channel: DirectChannel
        private let place: [UInt8]
        private let isRight: Bool
        private(set) var loads: [[UInt8]] = []

        init(_ card: any VirtualCard, _ place: [UInt8], isRight: Bool) {
            (channel, self.place, self.isRight) = (DirectChannel(card), place, isRight)
        }

        var answerToReset: [UInt8] { channel.answerToReset }
        func loadKeyCommand(_ key: [UInt8]) -> [UInt8]? { [0xFF, 0x82] + place + [0x06] + key }
        func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
            guard command.prefix(2) == [0xFF, 0x82] else { return try channel.transmit(command) }
            loads.append(Array(command[2..<4]))
            guard loads.last == (isRight ? place : [0x00, 0x00]) else { return [0x69, 0x88] }
            return try channel.transmit(command)
        }
    }

    @Test("A key goes first to where the reader's model keeps it, by reading and by writing; where it does not, to the usual places", arguments: [
        [0x20, 0x05], [0x00, 0x01],
    ] as [[UInt8]])
    func placesOfKeys(_ place: [UInt8]) throws {
        for isRight in [true, false] {
            let tag = ClassicTag(uid: [1, 2, 3, 4], data: [0x03, 0x00, 0xFE])
            tag.keepsKeysForGood = isRight && place[0] == 0x20
            let writing = KnownReader(tag, place, isRight: isRight)
            try TagWriter(writing).write(Self.message)
            let reading = KnownReader(tag, place, isRight: isRight)
            #expect(try TagReader(reading).read().ndef == Self.message)
            for reader in [writing, reading] {
                #expect(reader.loads.first == place)
                #expect(isRight ? Set(reader.loads).count == 1 : reader.loads.count { $0 == place } == 1)
            }
        }
    }

    @Test("Until the first command that may change the tag, a failure leaves it as it was; it says when that is")
    func beginning() throws {
        var numbers = SeededNumbers(6)
        for twin in Twin.allCases {
            let (before, after) = (try Twin.message(30, &numbers), try Twin.message(40, &numbers))
            let whole = DirectChannel(try twin.make(before.encoded()))
            try TagWriter(whole).write(after)
            var begun = 0
            for place in 0..<whole.commands {
                let card = FaultyCard(try twin.make(before.encoded()), faults: [.tear(afterCommands: place)])
                card.reset()
                var calls = 0
                #expect(throws: TagWriter.Failure.tag(.card(.emptyResponse))) { try TagWriter(DirectChannel(card)).write(after) { calls += 1 } }
                #expect(calls <= 1)
                begun += calls
                card.reset()
                if calls == 0 { #expect(try TagReader(DirectChannel(card)).read().ndef == before) }
            }
            #expect((1..<whole.commands).contains(begun))
        }
    }

    /// A page that does not keep what is written to it: the write fails, and what the tag then says is nothing.
    @Test func whatIsNotKeptIsNoticed() throws {
        let old = try Self.message.encoded()
        for page in 5...20 {
            let card = StuckPage(try NTAG21x(uid: Twin.uid, message: old), page: page)
            var numbers = SeededNumbers(UInt64(page))
            let new = try Twin.message(80, &numbers)
            #expect(throws: TagWriter.Failure.problem(.notVerified(page: page))) { try TagWriter(DirectChannel(card)).write(new) }
            let read = try TagReader(DirectChannel(card)).read()
            #expect(read.ndef == nil && read.problem == nil)
        }
    }

    @Test(arguments: [NTAG21x.Model.ntag213, .ntag215, .ntag216])
    func onlyDataPagesAreWritten(_ model: NTAG21x.Model) throws {
        var numbers = SeededNumbers(4)
        let card = try NTAG21x(uid: Twin.uid, message: [0xD0, 0, 0], model: model)
        let before = card.memory
        for length in stride(from: 3, through: model.dataBytes - 4, by: 31) {
            try TagWriter(DirectChannel(card)).write(Twin.message(length, &numbers))
        }
        let data = 4..<(4 + model.dataBytes / 4)
        #expect(!card.writtenPages.isEmpty && card.writtenPages.allSatisfy { data.contains($0) })
        #expect(card.memory.prefix(16) == before.prefix(16))
        #expect(card.memory[(data.upperBound * 4)...] == before[(data.upperBound * 4)...])
    }

    @Test func blocksThatAreNotDataStayAsTheyAre() throws {
        var numbers = SeededNumbers(4)
        let classic = ClassicTag(uid: [1, 2, 3, 4], data: [0x03, 0x00, 0xFE])
        try TagWriter(DirectChannel(classic)).write(Twin.message(716, &numbers))
        #expect(classic.writtenBlocks.allSatisfy { $0 >= 4 && $0 % 4 != 3 })
        let vicinity = Type5Tag(uid: Twin.longUID, data: [0x03, 0x00, 0xFE])
        try TagWriter(DirectChannel(vicinity)).write(Twin.message(102, &numbers))
        #expect(!vicinity.writtenBlocks.contains(0))
        #expect(vicinity.memory.prefix(4) == [0xE1, 0x40, 13, 0x01])
        let file = Type4Tag(uid: Twin.uid, message: [])
        let container = file.container
        try TagWriter(DirectChannel(file)).write(Twin.message(254, &numbers))
        #expect(file.container == container)
    }

    /// A lock control TLV in the middle of the area: the message ends before the pages that hold lock bytes.
    @Test func pagesWithReservedBytesAreNotWritten() throws {
        var numbers = SeededNumbers(4)
        // Two bytes from address 80 (page 20) on.
        let card = try NTAG21x(uid: Twin.uid, data: [0x01, 0x03, 0x50, 0x10, 0x04, 0x03, 0x00, 0xFE])
        let room = 80 - 16 - 5
        #expect(throws: TagWriter.Failure.problem(.noRoom(bytes: room - 1, capacity: room - 2))) {
            try TagWriter(DirectChannel(card)).write(Twin.message(room - 1, &numbers))
        }
        #expect(card.writtenPages.isEmpty)
        let most = try Twin.message(room - 2, &numbers)
        try TagWriter(DirectChannel(card)).write(most)
        #expect(!card.writtenPages.contains(20))
        #expect(try TagReader(DirectChannel(card)).read().ndef == most)
    }

    /// NTAG213 whose container promises what an NTAG216 has: past page 39 are lock bytes, password and configuration.
    @Test func aContainerThatPromisesTooMuch() throws {
        let card = try NTAG21x(uid: Twin.uid, data: [0x03, 0x00, 0xFE], model: .ntag213, container: [0xE1, 0x10, 0x6D, 0x00])
        card.passThrough = .transparent
        let chip = try #require(try ChipIdentity(of: Twin.uid, DirectChannel(card)))
        var numbers = SeededNumbers(4)
        #expect(throws: TagWriter.Failure.problem(.noRoom(bytes: 150, capacity: 142))) {
            try TagWriter(DirectChannel(card)).write(Twin.message(150, &numbers), chip: chip.version)
        }
        #expect(card.writtenPages.isEmpty)
    }

    @Test func refusedBeforeAnythingIsWritten() throws {
        func refusal(_ card: any VirtualCard, _ message: NDEFMessage = Self.message, to uid: [UInt8]? = nil) -> TagWriter.Failure? {
            do { try TagWriter(DirectChannel(card)).write(message, to: uid) } catch { return error }
            return nil
        }
        let plain = try NTAG21x(uid: Twin.uid, data: [0x03, 0x00, 0xFE])
        #expect(refusal(plain, to: [1, 2, 3, 4]) == .anotherTag)
        #expect(refusal(plain, NDEFMessage(records: [])) == .message(.noRecords))
        #expect(plain.writtenPages.isEmpty)
        #expect(refusal(plain, to: Twin.uid) == nil)
        let locked = try NTAG21x(uid: Twin.uid, data: [0x03, 0x00, 0xFE], container: [0xE1, 0x10, 0x3E, 0x0F])
        #expect(refusal(locked) == .problem(.readOnly))
        let blank = try NTAG21x(uid: Twin.uid, data: [], container: [0, 0, 0, 0])
        #expect(refusal(blank) == .problem(.notFormatted))
        #expect(refusal(Type5Tag(uid: Twin.longUID, data: [], isReadOnly: true)) == .problem(.readOnly))
        #expect(refusal(Type4Tag(uid: Twin.uid, message: [], isReadOnly: true)) == .problem(.readOnly))
        let feliCa = FeliCaTag(uid: Twin.longUID, message: [])
        feliCa.poke(0, [0x10, 4, 1, 0, 13, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x22])
        #expect(refusal(feliCa) == .problem(.readOnly))
        feliCa.poke(0, [UInt8](repeating: 0, count: 16))
        #expect(refusal(feliCa) == .problem(.notFormatted))
        let foreign = ClassicTag(uid: [1, 2, 3, 4], data: [0x03, 0x00, 0xFE])
        foreign.poke(3, [UInt8](repeating: 0xFF, count: 16))
        #expect(refusal(foreign) == .problem(.notFormatted))
        let own = ClassicTag(uid: [1, 2, 3, 4], data: [0x03, 0x00, 0xFE])
        own.poke(7, [UInt8](repeating: 0xFF, count: 16))
        #expect(refusal(own) == .problem(.authenticationRefused(sector: 1)))
        #expect(foreign.writtenBlocks.isEmpty && own.writtenBlocks.isEmpty && feliCa.writtenBlocks.isEmpty)
        let full = try NTAG21x(uid: Twin.uid, data: [UInt8](repeating: 0, count: 496))
        #expect(refusal(full) == nil, "an area of null TLVs has room")
        #expect(try TagReader(DirectChannel(full)).read().ndef == Self.message)
    }

    /// What a torn write leaves behind an empty message is no TLV; what another application put there is.
    @Test func behindAnEmptyMessage() throws {
        func capacity(_ data: [UInt8]) throws -> Int? {
            var numbers = SeededNumbers(1)
            let card = try NTAG21x(uid: Twin.uid, data: data)
            let message = try Twin.message(600, &numbers)
            do throws(TagWriter.Failure) { try TagWriter(DirectChannel(card)).write(message) } catch {
                if case .problem(.noRoom(_, let capacity)) = error { return capacity }
            }
            return nil
        }
        #expect(try capacity([0x03, 0x00, 0xFE]) == 492)
        #expect(try capacity([0x03, 0x00, 0xD1, 0x01, 0x10, 0x55, 0x04]) == 492, "an old message of one length byte")
        #expect(try capacity([0x03, 0x00, 0x01, 0x2C, 0xC1, 0x01, 0x00, 0x00, 0x01, 0x26]) == 492, "one of three, 300 bytes")
        #expect(try capacity([0x03, 0x00, 0x00, 0x00, 0x00, 0xFD, 0x02, 0xAA, 0xBB, 0xFE]) == 3, "another application's")
    }

    /// A message whose length is wrong is replaced; other TLVs stay.
    @Test func whatIsBesideTheMessageStays() throws {
        let broken = try NTAG21x(uid: Twin.uid, data: [0xFD, 0x02, 0xAA, 0xBB, 0x03, 0xFF, 0x10, 0x00])
        try TagWriter(DirectChannel(broken)).write(Self.message)
        #expect(try TagReader(DirectChannel(broken)).read().ndef == Self.message)
        #expect(broken.memory[16..<20] == [0xFD, 0x02, 0xAA, 0xBB])
        let before = try Twin.ntagBeforeProprietary.make([0xD0, 0, 0])
        try TagWriter(DirectChannel(before)).write(Self.message)
        #expect((before as? NTAG21x)?.memory[58..<63] == [0xFD, 0x02, 0xAA, 0xBB, 0xFE])
        var numbers = SeededNumbers(1)
        #expect(throws: TagWriter.Failure.problem(.noRoom(bytes: 41, capacity: 40))) {
            try TagWriter(DirectChannel(before)).write(Twin.message(41, &numbers))
        }
    }
}

/// A tag with one page that takes no writes and says it did.
private final class StuckPage: VirtualCard {
    private let card: NTAG21x
    private let page: UInt8

    init(_ card: NTAG21x, page: Int) {
        self.card = card
        self.page = UInt8(page)
    }

    var answerToReset: [UInt8] { card.answerToReset }
    func reset() {}
    func respond(to command: [UInt8]) -> [UInt8] {
        command.starts(with: [0xFF, 0xD6, 0x00, page]) ? [0x90, 0x00] : card.respond(to: command)
    }
}

/// The same kind of tag with another UID; counts what it is told to write.
private final class OtherTag: VirtualCard {
    private let card: any VirtualCard
    private(set) var writes = 0
    private(set) var beginsWithWrite = false
    private var commands = 0

    private let changesUID: Bool

    init(_ card: any VirtualCard, changesUID: Bool) { (self.card, self.changesUID) = (card, changesUID) }
    var answerToReset: [UInt8] { card.answerToReset }
    func reset() { card.reset() }
    func respond(to command: [UInt8]) -> [UInt8] {
        var response = card.respond(to: command)
        if command.count > 4, command[1] == 0xD6, response.suffix(2) == [0x90, 0x00] {
            writes += 1
            beginsWithWrite = beginsWithWrite || commands == 0
        }
        commands += 1
        if changesUID, command == [0xFF, 0xCA, 0, 0, 0], response.count > 2 { response[response.count - 3] ^= 0xFF }
        return response
    }
}

extension Twin {
    /// A tag of this kind whose frames, too, have another identity.
    func other(_ message: [UInt8]) throws -> any VirtualCard {
        guard self == .type3Frames else { return try make(message) }
        let tag = FeliCaTag(uid: Twin.longUID.reversed(), message: message)
        tag.knowsPseudoCommands = false
        tag.passThrough = .transparent
        return tag
    }
}
