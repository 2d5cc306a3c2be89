import Foundation
import VirtualCards

/// What the card has certified, in its own words: to be held against a terminal's journal.
final class CryptogramLog {
    private let file: FileHandle
    private var last: VisaPrepaidCard.IssuedCryptogram?

    init(_ path: String) throws {
        if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(fileURLWithPath: path)) }
        file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.seekToEnd()
    }

    func keep(_ cryptogram: VisaPrepaidCard.IssuedCryptogram?) {
        guard let cryptogram, cryptogram != last, let line = try? JSONEncoder().encode(cryptogram) else { return }
        last = cryptogram
        try? file.write(contentsOf: line + Data("\n".utf8))
    }
}
