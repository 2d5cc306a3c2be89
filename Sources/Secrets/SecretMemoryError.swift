/// Memory fit for a secret could not be had; what needed it has not happened. Codes are those of errno(3).
public enum SecretMemoryError: Error, Sendable, Hashable {
    /// Nothing, or more than ``SecretBytes/greatestCount``.
    case size(Int)
    /// No address space.
    case notMapped(code: Int32)
    /// The kernel does not keep pages out of core dumps or child processes (before Linux 4.14).
    case notShielded(code: Int32)
    /// `RLIMIT_MEMLOCK` allows no more locked pages: `LimitMEMLOCK=` of the unit. A secret takes a page each.
    case notLocked(code: Int32)
}

extension SecretMemoryError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .size(let count): "\(count) bytes are no size for a secret"
        case .notMapped(let code): "no memory for a secret (errno \(code))"
        case .notShielded(let code): "memory for a secret can't be shielded (errno \(code))"
        case .notLocked(let code): "memory for a secret can't be locked (errno \(code)): raise RLIMIT_MEMLOCK"
        }
    }
}
