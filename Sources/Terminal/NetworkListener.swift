import CLinux
import Glibc
import HostLink
import Logging
import Workers

/// Listens to the kernel's news of the network (``NetworkNews``), on a thread of its own that sleeps until there are any.
struct NetworkListener: Sendable {
    enum Failure: Error { case errno(Int32) }

    /// News come in handfuls, the link before its address before its route: what comes within this time is told once.
    static let handful: Int32 = 300

    private let socket: Int32
    /// A pipe: what comes out of it, or its end, ends the listening.
    private let stopping: Int32
    private let stop: Int32

    /// From here on no news is missed.
    init() throws(Failure) {
        socket = kassa_network_socket()
        guard socket >= 0 else { throw .errno(-socket) }
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            let code = errno
            close(socket)
            throw .errno(code)
        }
        (stopping, stop) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    /// Until the task is cancelled, or the socket is good for nothing any more; once.
    /// - Parameter told: called when there is a network that there was not.
    func run(_ told: @escaping @Sendable () -> Void) async {
        defer {
            for file in [socket, stopping, stop] { close(file) }
        }
        guard let thread = try? WorkerThread(name: "network") else { return }
        defer { thread.stop() }
        await withTaskCancellationHandler {
            try? await thread.run { listen(told) }
        } onCancel: {
            _ = write(stop, [1], 1)
        }
    }

    private func listen(_ told: () -> Void) {
        var news = NetworkNews()
        while wait(-1) {
            guard let found = drain(&news) else { return }
            guard found else { continue }
            // Whatever else there is belongs to it.
            guard pause() else { return }
            _ = drain(&news)
            told()
        }
    }

    /// - Returns: false when the listening is over.
    private func wait(_ milliseconds: Int32) -> Bool {
        var both = [
            pollfd(fd: socket, events: Int16(POLLIN), revents: 0), pollfd(fd: stopping, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let count = poll(&both, 2, milliseconds)
            if count < 0, errno == EINTR { continue }
            return count >= 0 && both[1].revents == 0
        }
    }

    private func pause() -> Bool {
        var one = pollfd(fd: stopping, events: Int16(POLLIN), revents: 0)
        return poll(&one, 1, Self.handful) <= 0
    }

    /// Reads all there is. Nil when the socket is broken; what was lost because nobody read it may have been news.
    private func drain(_ news: inout NetworkNews) -> Bool? {
        var buffer = [UInt8](repeating: 0, count: 32 << 10)
        var found = false
        while true {
            let count = kassa_network_read(socket, &buffer, buffer.count)
            switch count {
            case 1...: if news.take(Array(buffer.prefix(Int(count)))) { found = true }
            case 0, -EINTR: continue
            case -EAGAIN: return found
            case -ENOBUFS: found = true
            default: return nil
            }
        }
    }
}

extension KassaTerminal {
    /// A network that returns is a reason to look for the host now rather than when a back-off ends: over the host's span
    /// when it was away for long, for then others may have it back at the same moment.
    func watchNetwork() async {
        do {
            let listener = try NetworkListener()
            await listener.run { [link, logger] in
                logger.info("network changed")
                link.networkChanged()
            }
        } catch {
            logger.warning("the kernel tells nothing of the network: back-offs alone bring the host back", metadata: ["error": "\(error)"])
        }
        // Nothing else depends on it.
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
    }
}
