import Foundation
import Simulation
import Store

/// A terminal's day, marked.
enum Workload {
    /// - Parameters:
    ///   - steps: payments and amendments in all, over all lanes.
    ///   - sessions: how often the store is opened.
    static func run(path: String, seed: UInt64, lanes: Int, steps: Int, sessions: Int) throws {
        let shop = try Shop(path: path, seed: seed, lanes: lanes)
        for session in 0..<sessions {
            try shop.store.open()
            try shop.applyPage(whole: session == 0)
            if lanes == 1 {
                let till = Till(shop, lane: 0)
                for step in 0..<(steps / sessions) {
                    try till.step()
                    try between(shop, step)
                }
            } else {
                try inParallel(shop, steps: steps / sessions)
            }
            shop.store.close()
            Recorder.mark("ended session")
        }
    }

    /// What happens beside payments.
    private static func between(_ shop: Shop, _ step: Int) throws {
        if step % 6 == 5 { try shop.forward() }
        if step % 11 == 10 { try shop.applyPage(whole: false) }
        if step % 23 == 22 { try shop.requeue() }
    }

    private static func inParallel(_ shop: Shop, steps: Int) throws {
        let group = DispatchGroup()
        let failures = Failures()
        for lane in 0..<shop.lanes {
            group.enter()
            let thread = Thread {
                defer { group.leave() }
                do {
                    let till = Till(shop, lane: lane)
                    for step in 0..<(steps / shop.lanes) {
                        try till.step()
                        if lane == 0 { try between(shop, step) }
                    }
                } catch {
                    failures.add(error)
                }
            }
            thread.stackSize = 1 << 20
            thread.start()
        }
        group.wait()
        if let first = failures.first { throw first }
    }

    /// Works until it is killed.
    static func endless(path: String, seed: UInt64) throws {
        let shop = try Shop(path: path, seed: seed, lanes: 2)
        try shop.store.open()
        var count = seed &* 1_000
        let open = try shop.store.recoverOpenPayments(now: Clock.now) {
            count += 1
            return shop.mint()
        }
        for payment in open { Recorder.mark("closed \(payment) declined") }
        try shop.applyPage(whole: true)
        while true { try inParallel(shop, steps: 200) }
    }
}

/// What threads could not do.
final class Failures: @unchecked Sendable {
    private let lock = NSLock()
    private var errors: [any Error] = []

    func add(_ error: any Error) { lock.withLock { errors.append(error) } }
    var first: (any Error)? { lock.withLock { errors.first } }
}
