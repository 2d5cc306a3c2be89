import Core
import Foundation
import GRDB
import Synchronization

// Space for what waits for the host, whatever else fills the disk. Three parts:
// - the database file's own tail, room for as many records as may still come until the queue is at its cap;
// - blocks of its log, which a checkpoint empties and does not give back;
// - a file of the log's size beside them, for the moment in which a store that is opened on a full disk begins a new log.
// The first two are the store's: what fills the disk can't take them. The third is free for a moment when it is needed.
extension PaymentStore {
    /// Of a reserve, what its log takes; the file beside it takes as much again.
    static func logShare(of reserve: Int64) -> Int64 { min(QueueSpace.mostLog, max(0, reserve) / 4) }

    /// Makes the reserve where it is not there, or has been used and there is space again. It never takes the last of the
    /// disk: as much as it takes has to be free beyond it.
    /// - Parameter step: bytes by which the file grows at most: it is synced, and lanes wait meanwhile.
    /// - Returns: false when another step is left.
    @discardableResult
    public func keepReserve(step: Int64 = .max) -> Bool {
        guard reserveBytes > 0 else { return true }
        reserve.keep()
        let kept = try? run(
            onlyCurrent: false,
            { connection, _ in
                try connection.commits.alone {
                    guard connection.keepLog() == 0 else { return Room.lacking }
                    return try connection.queue.inDatabase { try extend($0, connection, step: step) }
                }
            })
        lacksRoom.withLock { $0 = kept == nil || kept == .lacking }
        return kept != .growing
    }

    /// Whether the queue can take its cap whatever becomes of the disk.
    public var spaceStanding: SpaceReserve.Standing {
        guard reserveBytes > 0 else { return .none }
        let standing = reserve.standing
        guard standing == .held else { return standing }
        // Perhaps no payment has met the end of the disk yet: they go into the store's own room.
        if reserve.isDiskFull { return .used }
        return lacksRoom.withLock { $0 } ? .missing : .held
    }

    private enum Room { case kept, growing, lacking }

    private func extend(_ database: Database, _ connection: Connection, step: Int64) throws -> Room {
        func ask(_ pragma: String) throws -> Int64 { try Int64.fetchOne(database, sql: "PRAGMA \(pragma)") ?? 0 }
        let (pages, unused, size) = try (ask("page_count"), ask("freelist_count"), ask("page_size"))
        let waiting = try Int64.fetchOne(database, sql: "SELECT COUNT(*) FROM outbox") ?? 0
        let share = max(0, reserveBytes - 2 * PaymentStore.logShare(of: reserveBytes))
        let room = max(0, share - min(share, waiting * QueueSpace.bytesPerRecord))
        // Free pages inside the file are room too. Where there is space some is left even for a full queue: what the last
        // transaction before the end of the room needs.
        let used = (pages - unused) * size
        let wanted = max(pages * size, used + max(room, share / 8))
        let length = max(1, FileSpace.length(path) ?? 0)
        guard wanted > length else { return connection.keepLength(database, length) ? .kept : .lacking }
        if let free = SpaceReserve.free(near: path), free / 2 >= wanted - length {
            let next = max(pages * size, wanted - length > step ? length + step : wanted)
            guard connection.keepLength(database, next), try FileSpace.extend(database, to: next), let now = FileSpace.length(path), now >= next else { return .lacking }
            return next < wanted ? .growing : .kept
        }
        // What there is stays.
        return connection.keepLength(database, length) && length >= used + room ? .kept : .lacking
    }
}
