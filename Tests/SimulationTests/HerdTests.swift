import HostProtocol
import Simulation
import Testing

@Suite("A region that comes back does not fell the host")
struct HerdTests {
    @Test("R12: 10,000 terminals over 300 s: at most 60 requests in a second, 1.1 for each, all within 330 s")
    func goal() {
        let outcome = Herd(terminals: 10_000, capacity: 100).run(.spread(seconds: 300), seed: 12)
        #expect(outcome.done.count == 10_000)
        #expect(outcome.peak <= 60)
        #expect(outcome.requests <= 11_000)
        #expect((outcome.done.last ?? .max) <= 330_000)
        #expect(outcome.perSecond.reduce(0, +) == outcome.requests)
    }

    @Test("Without the span the same terminals ask a hundred times as much in one second")
    func withoutSpan() {
        // A tenth of them, at a tenth of the host.
        let jitter = Herd(terminals: 1000, capacity: 10).run(.fullJitter, seed: 12)
        #expect(jitter.done.count == 1000)
        #expect(jitter.peak >= 1000)
        #expect(jitter.requests >= 5000)
        // Ten a second are taken, the rest ask again each second.
        let fixed = Herd(terminals: 500, capacity: 10).run(.fixed, seed: 12)
        #expect(fixed.done.count == 500)
        #expect(fixed.peak == 500)
        #expect((500 * 20...500 * 30).contains(fixed.requests))
    }

    @Test("The span that a host computes for its terminals is enough for the whole errand, queue and limits")
    func errand() {
        // 300 requests a second are 100 terminals.
        let spread = HostPace.spread(terminals: 10_000, capacity: 100)
        #expect(spread == 150)
        let outcome = Herd(terminals: 10_000, capacity: 300, errand: .queue).run(.spread(seconds: spread), seed: 12)
        #expect(outcome.done.count == 10_000)
        #expect(outcome.requests <= 33_000)
        #expect(outcome.peak <= 300)
        #expect((outcome.done.last ?? .max) <= 180_000)
    }

    @Test("The same seed gives the same run, another one another")
    func seeds() {
        let herd = Herd(terminals: 500, capacity: 10)
        #expect(herd.run(.fullJitter, seed: 3) == herd.run(.fullJitter, seed: 3))
        #expect(herd.run(.fullJitter, seed: 3) != herd.run(.fullJitter, seed: 4))
    }
}
