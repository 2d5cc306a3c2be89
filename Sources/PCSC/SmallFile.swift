import Glibc

/// A file of the kernel (/proc, /sys): its size is not known before it is read.
enum SmallFile {
    /// At most `most` bytes from the start; nil when the file can't be opened.
    static func bytes(_ path: String, most: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(most, 65_536))
        while bytes.count < most {
            let count = read(descriptor, &chunk, min(chunk.count, most - bytes.count))
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return bytes
    }

    /// The first line, without blanks at either end; nil when there is none.
    static func line(_ path: String) -> String? {
        guard let bytes = bytes(path, most: 256) else { return nil }
        let text = String(decoding: bytes.prefix { $0 != 0x0A && $0 != 0 }, as: UTF8.self)
        let trimmed = text.drop { $0 == " " }
        guard let end = trimmed.lastIndex(where: { $0 != " " }) else { return nil }
        return String(trimmed[...end])
    }
}
