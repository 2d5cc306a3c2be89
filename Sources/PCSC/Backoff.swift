/// Pauses between attempts to reach pcscd.
///
/// | attempt | 1 | 2 | 3 | 4 | 5 | 6 | 7 and later |
/// |---|---|---|---|---|---|---|---|
/// | pause in ms | 100 | 200 | 400 | 800 | 1600 | 3200 | 5000 |
///
/// Refused access gets the longest pause from the start: only a person ends it. Clients of pcscd come and go by themselves.
struct Backoff: Sendable, Hashable {
    static let longest: UInt64 = 5_000
    private var next: UInt64 = 100

    mutating func pause(after outage: ServiceOutage) -> UInt64 {
        guard outage != .accessRefused else { return Self.longest }
        defer { next = min(next &* 2, Self.longest) }
        return min(next, Self.longest)
    }

    mutating func reset() { self = Backoff() }
}
