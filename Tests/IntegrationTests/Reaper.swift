import Foundation
import Glibc

/// Kills what the tests have started and not ended, when the test process itself is gone, however it went: a shell that
/// waits for the end of a pipe which only this process holds.
final class Reaper: Sendable {
    static let shared = Reaper()

    private let descriptor: Int32
    private static let script = """
        declare -A alive
        while read -r sign pid; do
            if [ "$sign" = + ]; then alive[$pid]=1; else unset "alive[$pid]"; fi
        done
        [ ${#alive[@]} -eq 0 ] && exit 0
        for signal in TERM KILL; do
            for pid in "${!alive[@]}"; do kill -$signal "$pid" 2>/dev/null; done
            sleep 2
        done
        """

    private init() {
        let pipe = Pipe()
        // Ours alone: a copy in another child would keep the shell waiting. Never closed.
        descriptor = fcntl(pipe.fileHandleForWriting.fileDescriptor, F_DUPFD_CLOEXEC, 3)
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/bash")
        shell.arguments = ["-c", Self.script]
        shell.standardInput = pipe.fileHandleForReading
        try? shell.run()
        try? pipe.fileHandleForWriting.close()
    }

    func started(_ pid: Int32) { tell("+ \(pid)\n") }
    func ended(_ pid: Int32) { tell("- \(pid)\n") }

    private func tell(_ line: String) {
        _ = line.withCString { write(descriptor, $0, strlen($0)) }
    }
}
