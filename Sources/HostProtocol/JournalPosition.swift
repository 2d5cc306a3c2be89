import Core
import Foundation

/// The last record of a terminal's journal that the host holds, as the host tells it in its answers: a terminal whose own
/// journal does not hold it was restored from an image, or has lost its store.
public struct JournalPosition: Codable, Sendable, Hashable {
    /// From 1.
    public var sequence: Int64
    /// The journal's link up to and including the record, 32 bytes.
    public var chain: Data

    public init(sequence: Int64, chain: Data) {
        self.sequence = sequence
        self.chain = chain
    }

    /// Whether a host can mean it: a terminal that went on after a larger number could not count for long.
    public var isWellFormed: Bool { (1...1_000_000_000_000_000).contains(sequence) && chain.count == 32 }
}
