import Foundation
import Testing

/// A real pcscd with the virtual reader, in namespaces of its own, behind a socket name that outlives it: terminals find
/// whichever pcscd runs now.
final class ReaderSide {
    static let reader = "Virtual PCD 00 00"

    /// A symbolic link to the socket of the pcscd that runs.
    let socket: URL
    private let folder: URL
    private var service: Child?
    private var pid = ""

    init(in folder: URL) throws {
        self.folder = folder
        socket = folder.appending(path: "pcscd.comm")
        try lead(to: folder.appending(path: "nobody").path)
    }

    private func lead(to path: String) throws {
        try? FileManager.default.removeItem(at: socket)
        try FileManager.default.createSymbolicLink(atPath: socket.path, withDestinationPath: path)
    }

    func start() async throws {
        let child = try Child(Programs.support("isolated-pcscd"), [], in: folder, holdsInput: true)
        pid = try await child.line("pcscd ")
        service = child
        try lead(to: "/proc/\(pid)/root/run/pcscd/pcscd.comm")
    }

    func stop() {
        service?.stop()
        service = nil
    }

    /// A card comes into the field and stays until it is stopped, or tears itself away.
    func present(_ card: [String]) throws -> Child {
        try Child(
            "/usr/bin/nsenter", ["-t", pid, "-n", Programs.built("kassa-card")] + card, in: folder, holdsInput: false)
    }
}
