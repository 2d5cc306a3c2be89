import Core
import Dispatch
import HostProtocol
import SmartCard
import Testing
import VirtualCards

@testable import Terminal

/// A reader whose calls are given up on (``CardError/stuck``) while they are still at work, as the watchdog does.
private final class HungReader: CardReader {
    /// Where the call hangs.
    enum Place: Sendable { case afterTheBody, inProcessingOptions }

    let inner: SimulatedReader
    let place: Place
    let release = DispatchSemaphore(value: 0)
    let finished = DispatchSemaphore(value: 0)

    init(_ inner: SimulatedReader, _ place: Place) {
        self.inner = inner
        self.place = place
    }

    var name: String { inner.name }
    func events() -> AsyncStream<CardEvent> { inner.events() }

    func withCard<Result: Sendable>(_ body: @escaping @Sendable (any CardChannel) throws -> Result) async throws -> Result {
        switch place {
        case .afterTheBody: _ = try await inner.withCard(body)
        case .inProcessingOptions:
            let (hung, hang) = AsyncStream.makeStream(of: Void.self)
            Task { [inner, release, finished] in
                _ = try? await inner.withCard { channel in
                    try body(HangingChannel(channel, release: release, hang: hang))
                }
                finished.signal()
            }
            for await _ in hung { break }
        }
        throw CardError.stuck
    }
}

/// Tells when GET PROCESSING OPTIONS is on its way, and answers only when it is let go: the card has left by then.
private final class HangingChannel: CardChannel {
    private let channel: any CardChannel
    private let release: DispatchSemaphore
    private let hang: AsyncStream<Void>.Continuation

    init(_ channel: any CardChannel, release: DispatchSemaphore, hang: AsyncStream<Void>.Continuation) {
        self.channel = channel
        self.release = release
        self.hang = hang
    }

    var answerToReset: [UInt8] { channel.answerToReset }

    func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
        guard command.starts(with: [0x80, 0xA8]) else { return try channel.transmit(command) }
        hang.yield()
        release.wait()
        throw .removed
    }
}

@Suite("A reader call that is given up on may still be at work: what is stored first, counts")
struct HungReaderTests {
    @Test("Stored, then hung: the till hears the approval that stands, with its record")
    func afterTheBody() async throws {
        let scene = try LaneScene { HungReader($0, .afterTheBody) }
        scene.reader.insert(try VisaPrepaidCard.make())
        let result = try await scene.pay().result
        #expect(result.decision.approved && result.decision.reason == .approvedOffline)
        #expect(result.sequence == 1)
        #expect(try scene.records().map(\.kind) == [.offlineApproval])
    }

    @Test("Hung after the card may have spent: a torn notice, once, also when the call comes back")
    func inProcessingOptions() async throws {
        let slot = ReaderSlot()
        let scene = try LaneScene { inner in
            let reader = HungReader(inner, .inProcessingOptions)
            slot.reader = reader
            return reader
        }
        scene.reader.insert(try VisaPrepaidCard.make())
        let result = try await scene.pay().result
        #expect(result.decision.rule == "ALL-7" && result.decision.reason == .cardRemoved)
        #expect(try scene.records().map(\.kind) == [.torn])
        let reader = try #require(slot.reader)
        reader.release.signal()
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                reader.finished.wait()
                continuation.resume()
            }
        }
        #expect(try scene.records().map(\.kind) == [.torn])
    }

    private final class ReaderSlot { var reader: HungReader? }
}
