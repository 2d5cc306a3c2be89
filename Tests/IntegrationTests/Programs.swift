import Foundation
import Glibc

/// Where the built programs and the scripts of `Tests/Support` are.
enum Programs {
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// A program of this package: next to the running test bundle.
    static func built(_ name: String) throws -> String {
        let running = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let folders = ([running].compactMap { $0 } + CommandLine.arguments).map {
            URL(fileURLWithPath: $0).deletingLastPathComponent().path
        }
        for folder in folders where FileManager.default.isExecutableFile(atPath: folder + "/" + name) {
            return folder + "/" + name
        }
        throw Missing(description: "\(name) is not built: swift build --build-tests")
    }

    static func support(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Support/" + name).path
    }

    /// The pcscd of a test has namespaces of its own: without root there is none, and no test.
    static func requireNamespaces() throws {
        guard getuid() == 0 else {
            throw Missing(description: "these tests start a pcscd in namespaces of its own: run them as root (`make test` does)")
        }
        guard FileManager.default.isExecutableFile(atPath: "/usr/sbin/pcscd") else {
            throw Missing(description: "pcscd is not installed: `make deps`")
        }
    }
}
