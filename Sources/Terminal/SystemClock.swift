import CLinux
import Core
import Foundation
import Synchronization

/// The machine's clocks, and the trusted time made of them.
public final class SystemClock: Sendable {
    /// Of the running boot: a host time anchored in another boot proves nothing.
    public let bootID: String
    private let clock: Mutex<TrustedClock>

    public init(_ stored: TrustedClock = TrustedClock()) {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        bootID = text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "unknown"
        clock = Mutex(stored)
    }

    /// CLOCK_BOOTTIME.
    public var bootMilliseconds: Int64 { kassa_boot_milliseconds() }

    public var now: TrustedTime {
        let wall = UTCInstant(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
        let boot = bootMilliseconds
        return clock.withLock { clock in
            let time = clock.now(wall: wall, bootMilliseconds: boot, bootID: bootID)
            clock.raise(to: time)
            return time
        }
    }

    public func anchor(hostTime: UTCInstant, atBoot boot: Int64) -> TrustedClock.Anchor {
        TrustedClock.Anchor(hostTime: hostTime, bootMilliseconds: boot, bootID: bootID)
    }

    /// Takes over a fresh signed host time.
    /// - Returns: whether it belongs in the store: the first of this boot, or one that moves the clock by more than a
    ///   second.
    func observe(_ anchor: TrustedClock.Anchor) -> Bool {
        clock.withLock { clock in
            defer { clock.observe(anchor) }
            guard let before = clock.anchor, before.bootID == anchor.bootID else { return true }
            let elapsed = anchor.bootMilliseconds - before.bootMilliseconds
            let expected = before.hostTime.advanced(byMilliseconds: elapsed)
            return anchor.hostTime.millisecondsSince(expected).magnitude > 1000
        }
    }

    /// Milliseconds since the host was last heard, by what the store remembers: nil when it never was, `Int64.max` when
    /// that was in another boot, whose end nobody timed.
    func silence(since synced: UTCInstant?, anchor: TrustedClock.Anchor?) -> Int64? {
        guard let anchor else { return synced == nil ? nil : .max }
        guard anchor.bootID == bootID else { return .max }
        let now = anchor.hostTime.advanced(byMilliseconds: bootMilliseconds - anchor.bootMilliseconds)
        return max(0, now.millisecondsSince(max(synced ?? anchor.hostTime, anchor.hostTime)))
    }

    /// Takes over what the store remembers from before, unless the host has spoken since.
    public func adopt(_ stored: TrustedClock) {
        clock.withLock { clock in
            if clock.anchor == nil { clock = stored }
        }
    }
}

/// Fresh ids and random bytes for the wiring; pure rooms are handed what they need.
enum Fresh {
    static func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 7)
        // Eight at a time: each draw is a system call.
        while bytes.count < count {
            withUnsafeBytes(of: UInt64.random(in: .min ... .max)) { bytes.append(contentsOf: $0) }
        }
        return Array(bytes.prefix(count))
    }

    static func id(at time: UTCInstant) -> UUIDv7 { UUIDv7(milliseconds: time.milliseconds, random: bytes(10)) }
}
