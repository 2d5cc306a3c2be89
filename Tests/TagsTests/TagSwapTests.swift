import Core
import SmartCard
import Testing
import VirtualCards

@testable import Tags

/// A reader whose driver misses that one tag left and another came: its handle reaches the second from some command on.
private final class SwappingChannel: CardChannel {
    private let cards: [any VirtualCard]
    private let place: Int
    private let after: CardError?
    private(set) var commands = 0

    /// - Parameters:
    ///   - place: commands that the first tag answers.
    ///   - after: from then on, instead of the second tag.
    init(_ first: any VirtualCard, _ second: any VirtualCard, at place: Int, after: CardError? = nil) {
        (cards, self.place, self.after) = ([first, second], place, after)
    }

    var answerToReset: [UInt8] { cards[0].answerToReset }

    func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
        commands += 1
        if commands > place, let after { throw after }
        return cards[commands > place ? 1 : 0].respond(to: command)
    }
}

@Suite("A tag swapped while it is read")
struct TagSwapTests {
    private static let uids: [[UInt8]] = [[0x04, 1, 2, 3, 4, 5, 6], [0x04, 6, 5, 4, 3, 2, 1]]

    /// Two tags of one type each, that differ in UID and text alone.
    private static func pairs() throws -> [(String, any VirtualCard, any VirtualCard)] {
        [
            ("Type 2", try NTAG215(uid: uids[0], uri: "https://a.example/"), try NTAG215(uid: uids[1], uri: "https://b.example/")),
            ("Type 4", Type4Tag(uid: uids[0], uri: "https://a.example/"), Type4Tag(uid: uids[1], uri: "https://b.example/")),
            ("blank", try NTAG215(uid: uids[0], data: [0x03, 0x00, 0xFE]), try NTAG215(uid: uids[1], data: [0x03, 0x00, 0xFE])),
            ("broken", try NTAG215(uid: uids[0], data: [0x03, 0x02, 0xD1, 0x01]), try NTAG215(uid: uids[1], data: [0x03, 0x02, 0xD1, 0x01])),
        ]
    }

    @Test("At any command: never a UID of one and a memory of the other")
    func swapped() throws {
        for (name, first, second) in try Self.pairs() {
            let whole = SwappingChannel(first, second, at: .max)
            let read = try TagReader(whole).read()
            #expect(read.uid == Self.uids[0], "\(name)")
            #expect(whole.commands >= 3, "\(name)")
            for place in 1..<whole.commands {
                #expect(throws: TagFailure.card(.removed), "\(name), after \(place)") {
                    try TagReader(SwappingChannel(first, second, at: place)).read()
                }
            }
            // Before anything was asked: the second alone.
            #expect(try TagReader(SwappingChannel(first, second, at: 0)).read().uid == Self.uids[1])
        }
    }

    @Test("A tag that leaves before the end was not read, and the reason is the reader's", arguments: [CardError.removed, .reset, .readerGone])
    func left(_ error: CardError) throws {
        let (_, first, second) = try #require(try Self.pairs().first)
        let last = SwappingChannel(first, second, at: .max)
        _ = try TagReader(last).read()
        #expect(throws: TagFailure.card(error)) {
            try TagReader(SwappingChannel(first, second, at: last.commands - 1, after: error)).read()
        }
    }
}
