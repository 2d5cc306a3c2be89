/// What the terminal believes the time to be.
public struct TrustedTime: Sendable, Hashable {
    public let instant: UTCInstant
    /// True when a signed host time since boot stands behind it.
    public let anchored: Bool

    public init(instant: UTCInstant, anchored: Bool) {
        self.instant = instant
        self.anchored = anchored
    }
}

/// Time that can't be turned back nor pushed ahead (architecture, invariant 6): the last signed host time plus elapsed
/// boot time, never below the durable high-water mark. The wall clock alone never raises the mark.
public struct TrustedClock: Sendable, Hashable, Codable {
    /// Signed host time, the boot-clock reading it was received at, and the boot it belongs to.
    public struct Anchor: Sendable, Hashable, Codable {
        public let hostTime: UTCInstant
        public let bootMilliseconds: Int64
        public let bootID: String

        public init(hostTime: UTCInstant, bootMilliseconds: Int64, bootID: String) {
            self.hostTime = hostTime
            self.bootMilliseconds = bootMilliseconds
            self.bootID = bootID
        }
    }

    public private(set) var anchor: Anchor?
    public private(set) var highWater: UTCInstant

    public init(anchor: Anchor? = nil, highWater: UTCInstant = UTCInstant(milliseconds: 0)) {
        self.anchor = anchor
        self.highWater = highWater
    }

    /// A fresh signed host time. It may correct the clock downwards: then the mark follows it, which the caller audits.
    /// - Returns: milliseconds by which the mark was set back, 0 as a rule.
    @discardableResult
    public mutating func observe(_ anchor: Anchor) -> Int64 {
        let setBack = max(0, highWater.millisecondsSince(anchor.hostTime))
        self.anchor = anchor
        highWater = anchor.hostTime
        return setBack
    }

    /// - Parameters:
    ///   - wall: what the machine's clock shows; used only while no host time since boot is known.
    ///   - bootMilliseconds: CLOCK_BOOTTIME now.
    ///   - bootID: of the running boot.
    public func now(wall: UTCInstant, bootMilliseconds: Int64, bootID: String) -> TrustedTime {
        guard let anchor, anchor.bootID == bootID, bootMilliseconds >= anchor.bootMilliseconds else {
            return TrustedTime(instant: max(wall, highWater), anchored: false)
        }
        let elapsed = bootMilliseconds - anchor.bootMilliseconds
        return TrustedTime(instant: max(anchor.hostTime.advanced(byMilliseconds: elapsed), highWater), anchored: true)
    }

    /// Keeps the mark from falling: called with each anchored time that a commit used.
    public mutating func raise(to time: TrustedTime) {
        if time.anchored { highWater = max(highWater, time.instant) }
    }
}
