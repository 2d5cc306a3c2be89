import Core

/// What guards one account's sign-in: a durable value (POS-2, POS-5). The lock is in it, so that no restart opens it.
///
/// One is kept for each identifier that was tried, whether or not there is such an account: otherwise waits and locks
/// would tell strangers which accounts there are.
public struct SignInState: Sendable, Hashable, Codable {
    /// Tries in a row that were begun and not found right; also those of which a power cut took the answer.
    public private(set) var failures: Int
    public private(set) var lastFailure: UTCInstant?
    /// Only an administrator opens it: ``unlock()`` or ``order(_:)``.
    public private(set) var locked: Bool
    /// Ordered by the administrator (POS-2); nil: none.
    public private(set) var renewal: PasswordRenewal?

    public init() {
        failures = 0
        locked = false
    }

    mutating func begin(now: UTCInstant, lockingAt limit: Int) {
        failures = min(failures, limit) + 1
        lastFailure = now
        locked = locked || failures >= limit
    }

    /// The answer to the try that was begun; to be called once for it, or not at all after a power cut.
    public mutating func finish(right: Bool) {
        guard right else { return }
        unlock()
    }

    /// An administrator's act.
    public mutating func unlock() {
        failures = 0
        lastFailure = nil
        locked = false
    }

    /// An administrator's act (POS-2). It opens a lock too: the old password opens nothing any more, and wrong codes
    /// lock again. A second order makes the first code worthless.
    public mutating func order(_ renewal: PasswordRenewal) {
        unlock()
        self.renewal = renewal
    }

    /// The password was changed with the code, in the same commit: the code is spent.
    public mutating func renewed() {
        unlock()
        renewal = nil
    }
}

/// A renewal that an administrator ordered: its code works once, until it expires (POS-2).
public struct PasswordRenewal: Sendable, Hashable, Codable {
    /// Of the code in the link; the code itself is not kept.
    public let codeDigest: [UInt8]
    /// The code works up to and including this millisecond; the renewal stays ordered after it.
    public let expires: UTCInstant

    public init(codeDigest: [UInt8], expires: UTCInstant) {
        self.codeDigest = codeDigest
        self.expires = expires
    }

    /// Takes as long for a digest that is wrong early as for one that is wrong late.
    func matches(_ digest: [UInt8]) -> Bool {
        guard !codeDigest.isEmpty, digest.count == codeDigest.count else { return false }
        return zip(digest, codeDigest).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
