import Foundation
import Glibc
import Simulation
import Store

/// A terminal's day, marked.
enum Workload {
    /// - Parameters:
    ///   - steps: payments and amendments in all, over all lanes.
    ///   - sessions: how often the store is opened.
    static func run(path: String, seed: UInt64, lanes: Int, steps: Int, sessions: Int) throws {
        let shop = try Shop(path: path, seed: seed, lanes: lanes, reserve: lanes == 1 ? 65_536 : 0)
        for session in 0..<sessions {
            try shop.store.open()
            try shop.applyPage(whole: session == 0)
            if lanes == 1 {
                let till = Till(shop, lane: 0)
                for step in 0..<(steps / sessions) {
                    try till.step()
                    try between(shop, step)
                    try upkeep(shop, till, step)
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
        if step % 14 == 13 { try shop.putBack() }
        if step % 17 == 16 { try shop.giveUp() }
    }

    /// What needs a terminal with one lane: then nothing is purged before its lane has been told of it, and it is known whom a
    /// full disk meets.
    private static func upkeep(_ shop: Shop, _ till: Till, _ step: Int) throws {
        if step % 12 == 8 { try shop.purge() }
        guard step % 10 == 4 else { return }
        shop.store.keepReserve()
        Recorder.fail(1 + shop.pick(8), with: ENOSPC)
        do {
            try till.perform(.purchase)
        } catch is StoreError {}
        Recorder.fail(0)
        try till.askAgain()
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
