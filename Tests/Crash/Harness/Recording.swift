import Foundation

/// What the recorder wrote, in order.
struct Recording {
    struct Event {
        enum Kind: UInt8 {
            case open = 1
            case write, truncate, sync, unlink, rename, folderSync, mark
        }

        var kind: Kind
        /// A sync that was answered with an error.
        var failed: Bool
        var path: String
        var inode: UInt64
        var offset: Int
        /// Of the log's bytes.
        var data: Range<Int>
    }

    let bytes: Data
    let events: [Event]

    init(path: String) throws {
        bytes = try Data(contentsOf: URL(filePath: path))
        events = try bytes.withUnsafeBytes { raw in
            var events: [Event] = []
            var place = 0
            while place < raw.count {
                guard place + 32 <= raw.count, raw.loadUnaligned(fromByteOffset: place, as: UInt32.self) == 0x4345_5243,
                    let kind = Event.Kind(rawValue: raw[place + 4])
                else { throw Stop("the log \(path) is damaged at \(place)") }
                let pathSize = Int(raw.loadUnaligned(fromByteOffset: place + 6, as: UInt16.self))
                let dataSize = Int(raw.loadUnaligned(fromByteOffset: place + 24, as: UInt64.self))
                let start = place + 32
                guard start + pathSize + dataSize <= raw.count else { throw Stop("the log \(path) is cut off") }
                events.append(
                    Event(
                        kind: kind, failed: raw[place + 5] != 0,
                        path: pathSize == 0 ? "" : String(decoding: raw[start..<(start + pathSize)], as: UTF8.self),
                        inode: raw.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self),
                        offset: Int(raw.loadUnaligned(fromByteOffset: place + 16, as: UInt64.self)),
                        data: (start + pathSize)..<(start + pathSize + dataSize)))
                place = start + pathSize + dataSize
            }
            return events
        }
    }

    func text(_ event: Event) -> String { String(decoding: bytes[event.data], as: UTF8.self) }
}
