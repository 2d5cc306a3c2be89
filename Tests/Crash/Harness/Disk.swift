import Foundation
import Glibc

/// A disk with a volatile cache, as a power cut finds it: what was synced, and what may or may not have got there.
///
/// The model is stricter than any file system: each write, each change of length and each name is kept or lost by itself,
/// writes also by sectors of 512 bytes; a name is safe only after its folder was synced.
struct Disk {
    enum Change {
        case write(file: Int, offset: Int, data: Range<Int>)
        case resize(file: Int, size: Int)
        case link(name: String, file: Int)
        case unlink(name: String)
        case rename(from: String, to: String)

        /// The file whose sync makes it durable; nil: the folder's does.
        var file: Int? {
            switch self {
            case .write(let file, _, _), .resize(let file, _): file
            case .link, .unlink, .rename: nil
            }
        }
    }

    /// How the disk takes syncs.
    enum Kind: String {
        case honest
        /// Says yes and does nothing; its cache holds the last changes only.
        case lying
    }

    /// Changes that a lying disk keeps in its cache.
    static let lyingCache = 64

    let kind: Kind
    /// Files by number: never reused, whatever their names.
    private(set) var files: [StoredFile] = []
    private(set) var names: [String: Int] = [:]
    /// Not durable yet, oldest first.
    private(set) var pending: [Change] = []
    private var numbers: [UInt64: Int] = [:]
    private var folders: [UInt64: String] = [:]
    private let recording: Recording
    /// Of a recording of several programs, the folder that this disk holds; nil: all that is recorded.
    private let within: String?

    init(_ recording: Recording, kind: Kind = .honest, within: String? = nil) {
        self.recording = recording
        self.kind = kind
        self.within = within
    }

    private func isOurs(_ event: Recording.Event) -> Bool {
        guard let within else { return true }
        switch event.kind {
        case .open, .unlink, .rename: return event.path.hasPrefix(within + "/") || event.path == within
        case .write, .truncate, .sync: return numbers[event.inode] != nil
        case .folderSync: return folders[event.inode] == within
        case .mark: return false
        }
    }

    /// Puts what is in `folder` on the disk, durable.
    mutating func load(_ folder: String) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let path = folder + "/" + name
            guard let data = FileManager.default.contents(atPath: path) else { continue }
            let file = StoredFile()
            data.withUnsafeBytes { file.write($0, at: 0) }
            files.append(file)
            names[name] = files.count - 1
        }
    }

    private static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    /// - Parameter keepsFailed: of a sync that failed: whether a change got to the disk all the same. The others never do.
    /// - Returns: whether the disk is another one now.
    mutating func take(_ event: Recording.Event, keepsFailed: () -> Bool = { false }) throws -> Bool {
        guard isOurs(event) else { return false }
        switch event.kind {
        case .mark: return false
        case .open where event.offset == 3:
            folders[event.inode] = event.path
            return false
        case .open:
            if event.offset == 1 {
                files.append(StoredFile())
                numbers[event.inode] = files.count - 1
                add(.link(name: Disk.name(event.path), file: files.count - 1))
                return true
            }
            // One that was there before the recording began.
            if numbers[event.inode] == nil { numbers[event.inode] = names[Disk.name(event.path)] }
            guard event.offset == 2 else { return false }
            add(.resize(file: try number(event), size: 0))
        case .write: add(.write(file: try number(event), offset: event.offset, data: event.data))
        case .truncate: add(.resize(file: try number(event), size: event.offset))
        case .unlink: add(.unlink(name: Disk.name(event.path)))
        case .rename: add(.rename(from: Disk.name(event.path), to: Disk.name(recording.text(event))))
        case .sync:
            guard kind == .honest else { return false }
            let file = try number(event)
            settle { $0.file == file && (!event.failed || keepsFailed()) }
            if event.failed { pending.removeAll { $0.file == file } }
        case .folderSync:
            guard kind == .honest, !event.failed else { return false }
            settle { $0.file == nil }
        }
        return true
    }

    private func number(_ event: Recording.Event) throws -> Int {
        guard let number = numbers[event.inode] else { throw Stop("a file that was never made: inode \(event.inode)") }
        return number
    }

    private mutating func add(_ change: Change) {
        pending.append(change)
        guard kind == .lying, pending.count > Disk.lyingCache else { return }
        apply(pending.removeFirst(), to: &names)
    }

    /// Makes some changes durable, in their order.
    private mutating func settle(_ isMeant: (Change) -> Bool) {
        var left: [Change] = []
        for change in pending {
            if isMeant(change) { apply(change, to: &names) } else { left.append(change) }
        }
        pending = left
    }

    private func apply(_ change: Change, to names: inout [String: Int], part: Range<Int>? = nil) {
        switch change {
        case .write(let file, let offset, let data):
            let kept = part ?? 0..<data.count
            recording.bytes.withUnsafeBytes { bytes in
                let piece = UnsafeRawBufferPointer(rebasing: bytes[(data.lowerBound + kept.lowerBound)..<(data.lowerBound + kept.upperBound)])
                files[file].write(piece, at: offset + kept.lowerBound)
            }
        case .resize(let file, let size): files[file].resize(size)
        case .link(let name, let file): names[name] = file
        case .unlink(let name): names[name] = nil
        case .rename(let from, let to):
            names[to] = names[from] ?? names[to]
            names[from] = nil
        }
    }

    /// The disk with some of its pending changes, for as long as `body` runs.
    func with<Value>(_ kept: [Kept], _ body: (_ names: [String: Int], _ digest: Int) throws -> Value) rethrows -> Value {
        var names = names
        for file in files { file.begin() }
        defer { for file in files { file.undo() } }
        for one in kept { apply(pending[one.change], to: &names, part: one.part) }
        var digest = 0
        for (name, file) in names {
            var hash = Hasher()
            hash.combine(name)
            hash.combine(files[file].digest)
            hash.combine(files[file].size)
            digest ^= hash.finalize()
        }
        return try body(names, digest)
    }

    /// A pending change that got to the disk; of a write perhaps only a part.
    struct Kept {
        var change: Int
        var part: Range<Int>?
    }
}

/// A file's bytes with a digest kept by blocks, and one level of undo.
final class StoredFile {
    private static let block = 4096

    private(set) var size = 0
    private(set) var digest = 0
    private(set) var bytes: [UInt8] = []
    private var hashes: [Int] = []
    private var log: [(offset: Int, bytes: [UInt8])] = []
    private var sizeBefore: Int?

    func write(_ piece: UnsafeRawBufferPointer, at offset: Int) {
        guard let source = piece.baseAddress, piece.count > 0 else { return }
        let end = offset + piece.count
        grow(end)
        if sizeBefore != nil { log.append((offset, Array(bytes[offset..<end]))) }
        bytes.withUnsafeMutableBytes { $0.baseAddress?.advanced(by: offset).copyMemory(from: source, byteCount: piece.count) }
        rehash(offset..<end)
        size = max(size, end)
    }

    func resize(_ size: Int) {
        if size < self.size {
            if sizeBefore != nil, size < bytes.count { log.append((size, Array(bytes[size..<min(self.size, bytes.count)]))) }
            // Space that was set aside and never written has no bytes here.
            let end = max(size, min(self.size, bytes.count))
            _ = bytes.withUnsafeMutableBytes { raw in
                UnsafeMutableRawBufferPointer(rebasing: raw[min(size, raw.count)..<min(end, raw.count)])
                    .initializeMemory(as: UInt8.self, repeating: 0)
            }
            if size < bytes.count { rehash(size..<end) }
        }
        self.size = size
    }

    func begin() { sizeBefore = size }

    func undo() {
        guard let before = sizeBefore else { return }
        sizeBefore = nil
        for change in log.reversed() {
            change.bytes.withUnsafeBytes { piece in
                guard let source = piece.baseAddress else { return }
                bytes.withUnsafeMutableBytes {
                    $0.baseAddress?.advanced(by: change.offset).copyMemory(from: source, byteCount: piece.count)
                }
            }
            rehash(change.offset..<(change.offset + change.bytes.count))
        }
        log.removeAll(keepingCapacity: true)
        size = before
    }

    private func grow(_ size: Int) {
        let blocks = (size + StoredFile.block - 1) / StoredFile.block
        guard blocks > hashes.count else { return }
        bytes += [UInt8](repeating: 0, count: blocks * StoredFile.block - bytes.count)
        hashes += [Int](repeating: 0, count: blocks - hashes.count)
    }

    private func rehash(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        for number in (range.lowerBound / StoredFile.block)...((range.upperBound - 1) / StoredFile.block) {
            var hash = Hasher()
            hash.combine(number)
            bytes.withUnsafeBytes {
                hash.combine(bytes: UnsafeRawBufferPointer(rebasing: $0[(number * StoredFile.block)..<((number + 1) * StoredFile.block)]))
            }
            let value = hash.finalize()
            digest ^= hashes[number] ^ value
            hashes[number] = value
        }
    }

    /// Writes the bytes to a new file.
    func copy(to path: String) throws {
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0 else { throw Stop("can't write \(path)") }
        defer { Glibc.close(file) }
        let count = min(size, bytes.count)
        let written = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, count) }
        guard written == count, count == size || ftruncate(file, size) == 0 else { throw Stop("can't write \(path)") }
    }
}
