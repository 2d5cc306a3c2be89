import Foundation

/// Inputs in the repository: `Fuzz/Corpus/PARSER/FILE`. Files that begin with `found-` once broke something.
public enum Corpus {
    /// In the order of their names; a parser without a folder has none.
    public static func read(_ folder: URL) throws -> [[UInt8]] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else { return [] }
        return try names.sorted().map { Array(try Data(contentsOf: folder.appendingPathComponent($0))) }
    }
}
