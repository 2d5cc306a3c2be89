import Fleet
import Foundation
import Programmes
import Testing

@Suite("Exactly once: several terminals, the host's real books, a wire that loses, repeats and reorders", .serialized)
struct ExactlyOnceTests {
    private func run(_ seed: UInt64, sends: Int, _ change: (inout Fleet.Settings) -> Void = { _ in }) async throws
        -> (verdict: FleetVerdict, counts: FleetCounts)
    {
        let folder = try Folder()
        var settings = Fleet.Settings()
        settings.sends = sends
        change(&settings)
        let fleet = try Fleet(seed: seed, folder: folder.url, programmes: try Programme.shipped(), settings: settings)
        return (try await fleet.run(), fleet.counts)
    }

    @Test("30 % of acknowledgements lost, 5 % repeated, 5 % out of order, restarts: journal, books and tills agree to the cent", arguments: [1, 2])
    func exactlyOnce(_ seed: UInt64) async throws {
        let (verdict, counts) = try await run(seed, sends: 3000)
        print(counts.report + "\n" + verdict.report)
        #expect(verdict.isSound, "\(verdict)")
        #expect(verdict.told == verdict.journalled && verdict.told == verdict.booked && verdict.told == verdict.acknowledged)
        #expect(verdict.told > 1000 && counts.resends > 400)
        for count in [
            counts.lostRequests, counts.lostAcknowledgements, counts.duplicates, counts.reordered, counts.partialAnswers,
            counts.lateAnswers, counts.lostPages, counts.terminalRestarts, counts.brokenOff, counts.hostRestarts,
        ] { #expect(count > 0, "a fault that never happened: \(counts)") }
    }

    @Test("The same seed gives the same run")
    func replay() async throws {
        let runs = [try await run(77, sends: 500), try await run(77, sends: 500)]
        #expect(runs[0].counts == runs[1].counts)
        #expect(runs[0].verdict == runs[1].verdict)
        #expect(runs[0].verdict.isSound)
    }

    @Test("What a sound pair does not do is found out", arguments: Fleet.Mutant.allCases)
    func mutant(_ mutant: Fleet.Mutant) async throws {
        let (verdict, _) = try await run(3, sends: 1000) { $0.mutant = mutant }
        switch mutant {
        case .newIDOnResend: #expect(verdict.doubled > 0 && verdict.difference > 0)
        case .settleByPosition, .settleOnSend, .answerBeforeBooking: #expect(verdict.lost > 0 && verdict.difference > 0)
        }
        #expect(!verdict.isSound)
    }
}
