import Foundation
import PCSC
import SmartCard
import Testing

/// What the tests with the fake pcscd share beside ``FakeServiceTests/Bench``.
extension FakeServiceTests.Bench {
    /// Puts the usual card into a reader (spaces of its name as underscores).
    func card(_ reader: String = "Fake_Reader_00_00") throws {
        try fake.order("card \(reader) \(FakeServiceTests.answer)")
    }

    /// The number that an order such as `count connect` prints.
    func number(_ order: String) throws -> Int {
        try #require(Int(fake.order(order).dropFirst(3)))
    }

    /// The words after `ok`.
    func words(_ order: String) throws -> [Substring] { try fake.order(order).split(separator: " ").dropFirst().map { $0 } }

    /// Asks until `isTrue`; the test's time limit ends it.
    func until(_ order: String, _ isTrue: (Int) -> Bool) async throws {
        while try !isTrue(number(order)) { await Task.yield() }
    }

    /// What the driver of a reader has told, once it has.
    @discardableResult
    func identity(_ name: String = FakeServiceTests.reader) async -> ReaderIdentity? {
        var events = system.events().makeAsyncIterator()
        return await FakeServiceTests.next(&events) { event in
            if case .readerIdentified(let identity) = event, identity.name == name { identity } else { nil }
        }
    }

    /// The reader as the system lends it, once the monitor has seen its card and its driver has been asked.
    func readerWithCard(_ name: String = FakeServiceTests.reader) async throws -> PCSCReader {
        await identity(name)
        try card(name.replacingOccurrences(of: " ", with: "_"))
        let reader = system.reader(named: name)
        var events = reader.events().makeAsyncIterator()
        _ = await FakeServiceTests.next(&events, FakeServiceTests.isInserted)
        return reader
    }

    /// What a tap of the usual card ends with; nil for a sound one.
    func failure(_ name: String = FakeServiceTests.reader) async throws -> CardError? {
        await FakeServiceTests.failure(try await readerWithCard(name))
    }
}
