import Payments
import Testing

@Suite("Back-off: U(0, min(cap, base·2^k))")
struct OutboxBackoffTests {
    @Test(
        "The longest sleep doubles up to the cap",
        arguments: [(0, 0), (1, 1000), (2, 2000), (5, 16_000), (9, 256_000), (10, 300_000), (60, 300_000), (1_000_000, 300_000)] as [(Int, Int64)])
    func ceiling(failures: Int, longest: Int64) {
        #expect(Backoff().ceiling(failures: failures) == longest)
    }

    @Test(
        "Full jitter spreads from zero to the ceiling",
        arguments: [(0, 0), (UInt64.max / 2, 500), (UInt64.max, 1000)] as [(UInt64, Int64)])
    func jitter(random: UInt64, sleep: Int64) {
        var backoff = Backoff()
        #expect(backoff.failed(random: random) == sleep)
        #expect(backoff.failures == 1)
        backoff.reset()
        #expect(backoff.failures == 0)
    }

    @Test(
        "Retry-After is the shortest sleep, within bounds",
        arguments: [(nil, 0), (-5, 0), (20_000, 20_000), (Int64.max, 3_600_000)] as [(Int64?, Int64)])
    func retryAfter(asked: Int64?, sleep: Int64) {
        var backoff = Backoff()
        #expect(backoff.failed(random: 0, retryAfter: asked) == sleep)
    }

    @Test("Settings out of range are brought into it")
    func settings() {
        let settings = Backoff.Settings(base: -1, cap: .max, longestRetryAfter: -1)
        #expect(settings == Backoff.Settings(base: 1, cap: 86_400_000, longestRetryAfter: 0))
        var backoff = Backoff(settings)
        for _ in 0..<200 { #expect((0...86_400_000).contains(backoff.failed(random: .max))) }
    }
}
