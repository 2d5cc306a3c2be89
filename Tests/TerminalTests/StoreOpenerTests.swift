import Foundation
import Store
import Synchronization
import Testing
import Workers

@testable import Terminal

@Suite("A start goes on by itself when what was in its way has gone", .timeLimit(.minutes(5)))
struct StoreOpenerTests {
    private final class Scene: Sendable {
        let folder = FileManager.default.temporaryDirectory.appending(path: "kassad-opener-\(UUID().uuidString)")
        let store: PaymentStore
        let thread: WorkerThread
        let ready = Mutex<[Bool]>([])
        let waits = Mutex<[Duration]>([])

        init() throws {
            store = PaymentStore(path: folder.appending(path: "kassad.sqlite").path, terminal: "T1")
            thread = try WorkerThread(name: "store")
        }

        deinit {
            store.close()
            thread.stop()
            thread.join(milliseconds: 2_000)
            try? FileManager.default.removeItem(at: folder)
        }

        func makeFolder() { try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

        func sql(_ text: String) throws {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/sqlite3")
            process.arguments = [store.path, text]
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0)
        }

        /// - Parameter wait: told the number of the wait, from 1.
        func run(_ wait: @escaping @Sendable (Int) -> Void) async {
            await StoreOpener(
                store: store, thread: thread, clock: SystemClock(), logger: LaneScene.quiet,
                setReady: { [self] isReady in ready.withLock { $0.append(isReady) } }, recordCommitted: {},
                sleep: { [self] duration in
                    wait(
                        waits.withLock { waits in
                            waits.append(duration)
                            return waits.count
                        })
                }
            ).run()
        }
    }

    @Test("A forward-only store is tried again each minute; with its cause gone it takes payments, without a restart")
    func forwardOnly() async throws {
        let scene = try Scene()
        scene.makeFolder()
        try scene.store.open()
        scene.store.close()
        try scene.sql("INSERT INTO grdb_migrations VALUES ('of another time')")
        await scene.run { wait in
            #expect((try? scene.store.isCurrent()) == false)
            guard wait == 3 else { return }
            scene.store.close()
            #expect(throws: Never.self) { try scene.sql("DELETE FROM grdb_migrations WHERE identifier = 'of another time'") }
        }
        #expect(scene.waits.withLock { $0 } == [.seconds(60), .seconds(60), .seconds(60)])
        // While it is opened anew no payment may start.
        #expect(scene.ready.withLock { $0 } == [true, false, true, false, true, false, true])
        #expect(try scene.store.isCurrent())
    }

    @Test("A store that can't be opened is tried again soon, then less often")
    func missing() async throws {
        let scene = try Scene()
        await scene.run { if $0 == 7 { scene.makeFolder() } }
        #expect(scene.waits.withLock { $0 } == [200, 400, 800, 1600, 3200, 5000, 5000].map { Duration.milliseconds($0) })
        #expect(scene.ready.withLock { $0 } == Array(repeating: false, count: 7) + [true])
        #expect(try scene.store.isCurrent())
    }
}
