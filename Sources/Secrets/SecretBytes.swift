import CCrypto
import CLinux

/// Bytes of a secret in memory pages of their own, with one owner. They are not swapped (mlock), not in core dumps, not in
/// child processes, fenced by pages that fault at any touch, and overwritten at their end, whichever way that comes. The type
/// has no description, no equality, no encoding and no copy: the compiler refuses what would multiply it.
///
/// Bytes are lent to a closure, where they may be handed on to a cipher; whoever makes an array of them answers for it. Each
/// value locks a page (4096 bytes): a handful at a time, not a store.
///
/// Of the kernel's `memfd_secret`, which would hide the pages from root as well, no use is made: Debian 12's kernel has it
/// switched off, its pages can't be made zero in a child, and it forbids hibernation.
public struct SecretBytes: ~Copyable, @unchecked Sendable {
    public static let greatestCount = 65_536

    public let count: Int
    /// Only this value points to it; it is written through `mutating` and `deinit` alone.
    private let first: UnsafeMutablePointer<UInt8>

    /// Zeros.
    public init(count: Int) throws(SecretMemoryError) {
        guard (1...Self.greatestCount).contains(count) else { throw .size(count) }
        var mapped: UnsafeMutableRawPointer?
        var step: Int32 = 0
        let code = kassa_secret_map(count, &mapped, &step)
        guard code == 0, let mapped else {
            switch step {
            case 1: throw .notMapped(code: code)
            case 2: throw .notShielded(code: code)
            default: throw .notLocked(code: code)
            }
        }
        self.count = count
        first = mapped.bindMemory(to: UInt8.self, capacity: count)
    }

    /// Moves a secret in: the array holds zeros afterwards, also when this throws. Copies of the array that were made before
    /// keep it.
    public init(taking bytes: inout [UInt8]) throws(SecretMemoryError) {
        defer { bytes.withUnsafeMutableBytes { kassa_cleanse($0.baseAddress, $0.count) } }
        try self.init(count: bytes.count)
        for place in bytes.indices { first[place] = bytes[place] }
    }

    deinit {
        kassa_cleanse(first, count)
        kassa_secret_unmap(first, count)
    }

    /// Lends the bytes for the length of the closure; the pointer is not to leave it.
    public borrowing func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeBufferPointer(start: first, count: count))
    }

    /// As ``withBytes(_:)``, to be written.
    public mutating func withMutableBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeMutableBufferPointer(start: first, count: count))
    }

    /// Overwrites all with zeros, before its end.
    public mutating func wipe() { kassa_cleanse(first, count) }

    /// Whether both hold the same, in a time that depends on their lengths alone; different lengths are different.
    public borrowing func isEqualInConstantTime(to other: borrowing SecretBytes) -> Bool {
        count == other.count && kassa_equal(first, other.first, count) == 1
    }
}
