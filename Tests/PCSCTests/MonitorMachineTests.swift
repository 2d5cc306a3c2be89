import Core
import SmartCard
import Testing

@testable import PCSC

/// The monitor's decisions, without any pcscd.
@Suite struct MonitorMachineTests {
    private static let empty = ReaderState(rawValue: 0x0001_0010)
    private static let present = ReaderState(rawValue: 0x0002_0022)
    private static let answer: [UInt8] = [0x3B, 0x80, 0x80, 0x01, 0x01]

    /// Drives the machine and keeps what it said.
    private struct Bench {
        var machine = MonitorMachine(wait: 2_000)
        var order = MonitorMachine.Order.establish
        var time: Int64 = 1_000_000

        @discardableResult
        mutating func feed(_ inputs: MonitorMachine.Input...) -> [SystemEvent] {
            var events: [SystemEvent] = []
            for input in inputs {
                let step = machine.handle(input, at: UTCInstant(milliseconds: time))
                events += step.events
                order = step.order
            }
            return events
        }

        @discardableResult
        mutating func observe(_ state: ReaderState, atr: [UInt8] = [], of reader: String = "A") -> [SystemEvent] {
            feed(.observed([.init(reader: reader, state: state, answerToReset: atr)]))
        }

        static func up(_ readers: String...) -> Bench {
            var bench = Bench()
            bench.feed(.established, .listed(readers))
            return bench
        }
    }

    @Test func startsByEstablishing() {
        #expect(MonitorMachine(wait: 2_000).start() == .init(events: [], order: .establish))
    }

    @Test func upIsReportedWithItsReaders() {
        var bench = Bench()
        #expect(bench.feed(.established) == [])
        #expect(bench.order == .list)
        #expect(bench.feed(.listed(["A"])) == [.serviceUp, .readerAdded("A")])
        let plug = MonitorMachine.Watch(reader: MonitorMachine.plugNotification, known: .unaware)
        #expect(bench.order == .wait([.init(reader: "A", known: .unaware), plug], milliseconds: 2_000))
        #expect(bench.machine.isServiceUp)
    }

    @Test func noReadersIsAnEmptyListAndNotAnOutage() {
        var bench = Bench()
        bench.feed(.established)
        #expect(bench.feed(.failed(.noReadersAvailable)) == [.serviceUp])
    }

    @Test func samAndContactSlotsAreNotWatched() {
        var bench = Bench()
        bench.feed(.established)
        #expect(bench.feed(.listed(["ACR1252 PICC 00 00", "ACR1252 SAM 00 01"])) == [.serviceUp, .readerAdded("ACR1252 PICC 00 00")])
    }

    @Test func sixteenReadersLeaveNoRoomForThePlugNotification() {
        var bench = Bench()
        bench.feed(.established, .listed((0..<20).map { "R\($0)" }))
        guard case .wait(let watches, _) = bench.order else { return #expect(Bool(false)) }
        #expect(watches.count == 16)
        #expect(watches.allSatisfy { $0.reader != MonitorMachine.plugNotification })
    }

    @Test func aSeventeenthReaderIsReportedOnceAndWatchedWhenThereIsRoom() {
        var bench = Bench()
        let names = (0..<17).map { "R\($0)" }
        let first = bench.feed(.established, .listed(names))
        #expect(first.last == .readerIgnored("R16"))
        #expect(first.count { if case .readerAdded = $0 { true } else { false } } == 16)
        #expect(bench.machine.ignored == ["R16"])
        #expect(bench.feed(.failed(.timeout), .listed(names)) == [])
        // Slots for no payer's card take no room.
        #expect(bench.feed(.failed(.timeout), .listed(["A SAM 00 01"] + names)) == [])
        #expect(bench.feed(.failed(.timeout), .listed(Array(names.dropFirst()))) == [.readerRemoved("R0"), .readerAdded("R16")])
        #expect(bench.machine.ignored == [])
    }

    @Test(arguments: [(nil, ServiceOutage.accessRefused), (0, .accessRefused), (199, .accessRefused), (200, .tooManyClients)])
    func aRefusalIsNamedByHowManyClientsPcscdServes(_ clients: Int?, _ outage: ServiceOutage) {
        var bench = Bench()
        #expect(bench.feed(.refused(clients: clients)) == [.serviceDown(outage)])
        #expect(bench.order == .pause(milliseconds: outage == .accessRefused ? 5_000 : 100))
        #expect(bench.feed(.paused, .refused(clients: clients)) == [])
    }

    @Test func clientsAreCountedByTheNameThatPcscdListensAt() {
        let table = """
            Num       RefCount Protocol Flags    Type St Inode Path
            0000000000000000: 00000002 00000000 00010000 0001 01 16005 /run/pcscd/pcscd.comm
            0000000000000000: 00000003 00000000 00000000 0001 03 26001 /run/pcscd/pcscd.comm
            0000000000000000: 00000003 00000000 00000000 0001 03    17 /run/pcscd/pcscd.comm
            0000000000000000: 00000003 00000000 00000000 0001 03 26002 /run/other
            0000000000000000: 00000003 00000000 00000000 0001 03 26003
            """
        #expect(ServiceClients.count(in: Array(table.utf8), path: "/run/pcscd/pcscd.comm") == 2)
        #expect(ServiceClients.count(in: [], path: "/run/pcscd/pcscd.comm") == 0)
        #expect(ServiceClients.count(in: Array(repeating: 0x20, count: 10_000) + [0xFF], path: "") == 0)
    }

    @Test func insertionAndRemoval() {
        var bench = Bench.up("A")
        #expect(bench.observe(Self.empty) == [.card(reader: "A", .removed)])
        #expect(
            bench.observe(Self.present, atr: Self.answer)
                == [.card(reader: "A", .inserted(answerToReset: Self.answer, generation: 1))])
        #expect(bench.observe(ReaderState(rawValue: 0x0003_0012)) == [.card(reader: "A", .removed)])
        #expect(bench.machine.readers.map(\.state) == [.empty])
    }

    @Test func aSwapWithinOnePollIsTwoCards() {
        var bench = Bench.up("A")
        bench.observe(Self.empty)
        bench.observe(Self.present, atr: Self.answer)
        #expect(
            bench.observe(ReaderState(rawValue: 0x0004_0022), atr: Self.answer)
                == [.card(reader: "A", .removed), .card(reader: "A", .inserted(answerToReset: Self.answer, generation: 2))])
    }

    @Test func aChangeOfSharingIsNoEvent() {
        var bench = Bench.up("A")
        bench.observe(Self.present, atr: Self.answer)
        #expect(bench.observe(ReaderState(rawValue: 0x0002_01A2), atr: Self.answer) == [])
        guard case .wait(let watches, _) = bench.order else { return #expect(Bool(false)) }
        // The whole state goes back, or the next wait would return at once for ever.
        #expect(watches.first?.known == ReaderState(rawValue: 0x0002_01A2))
    }

    @Test func muteAndUnavailable() {
        var bench = Bench.up("A")
        #expect(bench.observe(ReaderState(rawValue: 0x0001_0222)) == [.card(reader: "A", .mute)])
        #expect(bench.observe(ReaderState(rawValue: 0x000A)) == [.card(reader: "A", .unavailable)])
    }

    @Test func unpluggedReaderMakesItListAgain() {
        var bench = Bench.up("A")
        bench.observe(Self.empty)
        #expect(bench.observe(ReaderState(rawValue: 0x000E)) == [.card(reader: "A", .unavailable)])
        #expect(bench.order == .list)
        #expect(bench.feed(.listed([])) == [.readerRemoved("A")])
        #expect(bench.machine.readers.isEmpty)
        #expect(bench.feed(.failed(.timeout), .listed(["A"])) == [.readerAdded("A")])
    }

    @Test func plugNotificationMakesItListAgainAndKeepsTheCounter() {
        var bench = Bench.up("A")
        bench.observe(ReaderState(rawValue: 0x0007_0002), of: MonitorMachine.plugNotification)
        #expect(bench.order == .list)
        bench.feed(.listed(["A"]))
        guard case .wait(let watches, _) = bench.order else { return #expect(Bool(false)) }
        #expect(watches.last?.known == ReaderState(rawValue: 0x0007_0000))
    }

    @Test func aBusyReaderDoesNotKeepTheListFromBeingRead() {
        var bench = Bench.up("A")
        bench.observe(Self.empty)
        #expect(bench.order != .list)
        bench.time += 2_000
        bench.observe(Self.present, atr: Self.answer)
        #expect(bench.order == .list)
    }

    @Test(arguments: [PCSCCode.timeout, .cancelled, .unknownReader, .readerUnavailable])
    func theseEndAWaitWithAnotherList(_ code: PCSCCode) {
        var bench = Bench.up("A")
        #expect(bench.feed(.failed(code)) == [])
        #expect(bench.order == .list)
    }

    @Test(arguments: [PCSCCode.noService, .serviceStopped, .communicationError, .invalidHandle])
    func serviceLossDropsTheContextAndComesBack(_ code: PCSCCode) {
        var bench = Bench.up("A")
        bench.observe(Self.present, atr: Self.answer)
        #expect(bench.feed(.failed(code)) == [.serviceDown(.lost), .card(reader: "A", .unavailable)])
        #expect(bench.order == .release)
        #expect(bench.feed(.released) == [])
        #expect(bench.order == .pause(milliseconds: 100))
        // Not running is the same outage, seen again.
        #expect(bench.feed(.paused, .failed(.noService)) == [])
        #expect(bench.order == .pause(milliseconds: 200))
        #expect(bench.feed(.paused, .established, .listed(["A"])) == [.serviceUp])
        #expect(
            bench.observe(Self.present, atr: Self.answer)
                == [.card(reader: "A", .inserted(answerToReset: Self.answer, generation: CardEvent.found))])
    }

    @Test func backoffGrowsToFiveSecondsAndStartsOver() {
        var bench = Bench()
        var pauses: [MonitorMachine.Order] = []
        for _ in 0..<8 {
            bench.feed(.failed(.noService))
            pauses.append(bench.order)
            bench.feed(.paused)
        }
        #expect(pauses == [100, 200, 400, 800, 1600, 3200, 5000, 5000].map { .pause(milliseconds: $0) })
        bench.feed(.established, .listed([]), .failed(.communicationError), .released)
        #expect(bench.order == .pause(milliseconds: 100))
    }

    @Test(arguments: [
        (PCSCCode.noService, ServiceOutage.notRunning), (.serviceStopped, .incompatible),
        (.securityViolation, .accessRefused), (.communicationError, .lost), (.internalError, .other(.internalError)),
    ])
    func outagesAreNamed(_ code: PCSCCode, _ outage: ServiceOutage) {
        var bench = Bench()
        #expect(bench.feed(.failed(code)) == [.serviceDown(outage)])
        #expect(bench.machine.outage == outage)
        #expect(bench.feed(.paused, .failed(code)) == [])
    }

    @Test func refusedAccessIsRetriedSlowly() {
        var bench = Bench()
        bench.feed(.failed(.securityViolation))
        #expect(bench.order == .pause(milliseconds: 5_000))
    }
}
