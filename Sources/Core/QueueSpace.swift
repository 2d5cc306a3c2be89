/// What records that wait for the host take on the disk.
public enum QueueSpace {
    /// What a record takes in the database file, with its payment, its place in the queue, what it spends and their indexes, on
    /// pages of any size; the store's tests measure it. With the largest card evidence it is less than this.
    public static let bytesPerRecord: Int64 = 4096

    /// The store's log at its longest, with the largest commit.
    public static let mostLog: Int64 = 8 << 20

    /// The reserve that so many records need.
    public static func reserve(forRecords records: Int) -> Int64 {
        Int64(min(max(0, records), 1_000_000_000)) * bytesPerRecord + 2 * mostLog
    }
}
