import CLinux
import Logging
import NIOCore
import NIOPosix

/// Serves a ``VarlinkService`` on a Unix socket (varlink.org, "Protocol": JSON messages ended by NUL).
///
/// Each connection has a task; its calls are handled in order. Whoever stretches a limit is disconnected, see
/// ``VarlinkLimits``.
public struct VarlinkServer: Sendable {
    private let listener: VarlinkListener
    private let service: VarlinkService
    private let limits: VarlinkLimits
    private let group: any EventLoopGroup
    private let logger: Logger

    public init(
        listener: VarlinkListener, service: VarlinkService, limits: VarlinkLimits = VarlinkLimits(),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, logger: Logger = Logger(label: "varlink")
    ) {
        self.listener = listener
        self.service = service
        self.limits = limits
        self.group = group
        self.logger = logger
    }

    /// Serves until the task is cancelled: then running handlers are cancelled and may still reply, connections and the
    /// socket are closed and its file is removed. Returns when all handlers have returned. To be called once.
    /// - Throws: ``VarlinkServerError``
    public func run() async throws(VarlinkServerError) {
        guard let descriptor = listener.take() else { throw .alreadyRun }
        let registry = ConnectionRegistry(limits: limits)
        let (accepted, acceptor) = AsyncStream.makeStream(of: Accepted.self)
        let server: any Channel
        do {
            server = try await bootstrap(registry, acceptor).withBoundSocket(descriptor).get()
        } catch {
            throw .cannotListen("\(error)")
        }
        server.closeFuture.whenComplete { _ in acceptor.finish() }
        await withDiscardingTaskGroup { connections in
            for await one in accepted {
                connections.addTask { await serve(one, registry) }
            }
            server.close(promise: nil)
            if !Task.isCancelled { connections.cancelAll() }
        }
        try? await server.closeFuture.get()
        registry.closeAll()
        listener.removeFile()
        guard Task.isCancelled else { throw .listenerClosed }
    }

    private struct Accepted: Sendable {
        let messages: MessageChannel
        let peer: VarlinkPeer
        let admission: ConnectionRegistry.Admission
    }

    private func serve(_ accepted: Accepted, _ registry: ConnectionRegistry) async {
        var logger = logger
        logger[metadataKey: "uid"] = "\(accepted.peer.uid)"
        logger[metadataKey: "pid"] = "\(accepted.peer.pid)"
        let connection = VarlinkConnection(
            messages: accepted.messages, peer: accepted.peer, service: service, limits: limits, registry: registry,
            logger: logger)
        if accepted.admission == .serve {
            await connection.serve()
        } else {
            logger.notice("connection refused", metadata: ["limit": "\(limits.maximumConnections)"])
            await connection.refuse()
        }
    }

    private func bootstrap(
        _ registry: ConnectionRegistry, _ acceptor: AsyncStream<Accepted>.Continuation
    ) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    // Handed over when active: before that a channel does not read.
                    let reader = MessageReader(
                        maximumBytes: limits.maximumCallBytes, readDeadline: TimeAmount(limits.readDeadline)
                    ) { reader, channel in
                        let admission = registry.admit(channel)
                        guard admission != .drop, let peer = Self.peer(of: channel) else {
                            return channel.close(promise: nil)
                        }
                        let messages = MessageChannel(channel: channel, reader: reader)
                        acceptor.yield(Accepted(messages: messages, peer: peer, admission: admission))
                    }
                    try channel.pipeline.syncOperations.addHandler(reader)
                }
            }
    }

    /// On the channel's event loop. Nil when the kernel does not tell, which leaves nobody to hold responsible.
    private static func peer(of channel: any Channel) -> VarlinkPeer? {
        let found = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            descriptor -> VarlinkPeer? in
            var uid: UInt32 = 0
            var gid: UInt32 = 0
            var pid: Int32 = 0
            guard kassa_peer_credentials(descriptor, &uid, &gid, &pid) == 0 else { return nil }
            return VarlinkPeer(uid: uid, gid: gid, pid: pid)
        }
        return found ?? nil
    }
}

public enum VarlinkServerError: Error, Hashable, Sendable {
    /// `run()` was called before with this listener.
    case alreadyRun
    /// The descriptor could not be used, and why.
    case cannotListen(String)
    /// The listening socket failed while serving.
    case listenerClosed
}
