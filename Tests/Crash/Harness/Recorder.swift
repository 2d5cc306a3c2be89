import Foundation
import Glibc
import Synchronization

/// The preloaded recorder (`recorder.c`), when this process runs under it.
enum Recorder {
    private static func symbol<Function>(_ name: String, as type: Function.Type) -> Function? {
        dlsym(nil, name).map { unsafeBitCast($0, to: type) }
    }

    static var isLoaded: Bool { dlsym(nil, "crashrec_mark") != nil }

    /// Goes on in a new log; nil: records nothing.
    static func log(to path: String?) {
        symbol("crashrec_log", as: (@convention(c) (UnsafePointer<CChar>?) -> Void).self)?(path)
    }

    static func folder(_ path: String) {
        symbol("crashrec_folder", as: (@convention(c) (UnsafePointer<CChar>) -> Void).self)?(path)
    }

    /// The n-th operation from now on fails; 0: none.
    static func fail(_ operation: Int, with error: Int32 = EIO, sticky: Bool = false) {
        symbol("crashrec_fail", as: (@convention(c) (Int, Int32, Int32) -> Void).self)?(operation, error, sticky ? 1 : 0)
    }

    /// Whether ``fail(_:with:sticky:)`` counts syncs alone.
    static func countsSyncs(_ only: Bool) {
        symbol("crashrec_only_syncs", as: (@convention(c) (Int32) -> Void).self)?(only ? 1 : 0)
    }

    static var fired: Int { symbol("crashrec_fired", as: (@convention(c) () -> Int).self)?() ?? 0 }
    static var operations: Int { symbol("crashrec_operations", as: (@convention(c) () -> Int).self)?() ?? 0 }
    static var rewrites: Int { symbol("crashrec_rewrites", as: (@convention(c) () -> Int).self)?() ?? 0 }

    private static let marker = symbol(
        "crashrec_mark", as: (@convention(c) (UnsafePointer<UInt8>, Int) -> Void).self)

    /// Where lines go while nothing is recorded; nil: to standard output.
    static let collected = Mutex<[String]?>(nil)

    /// Puts a line between the recorded operations; without a recorder it goes to standard output, in one write.
    static func mark(_ line: String) {
        let bytes = Array(line.utf8)
        if collected.withLock({ $0?.append(line) != nil }) { return }
        if let marker {
            marker(bytes, bytes.count)
        } else {
            let whole = bytes + [10]
            _ = whole.withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
        }
    }

    /// Compiles the recorder.
    /// - Returns: the library's path.
    static func build(_ source: String, into folder: String) throws -> String {
        let library = folder + "/recorder.so"
        let compilers = ["/usr/bin/cc", "/usr/bin/clang", "/opt/swift/usr/bin/clang"]
        let found = compilers.first { FileManager.default.isExecutableFile(atPath: $0) }
        let compiler = found ?? "/usr/bin/env"
        let arguments = ["-O2", "-Wall", "-Wextra", "-fPIC", "-shared", "-o", library, source, "-ldl"]
        let status = try Helper.run(compiler, found == nil ? ["clang"] + arguments : arguments).status
        guard status == 0 else { throw Stop("the recorder does not compile") }
        return library
    }
}

/// A part of the work in a process of its own.
enum Helper {
    /// Runs to the end.
    static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:]
    ) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus, output)
    }

    static var itself: String {
        get throws { try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") }
    }
}

struct Stop: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
