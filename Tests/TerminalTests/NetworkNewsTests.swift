import Foundation
import Testing

@testable import Terminal

@Suite("What the kernel says of the network, and what of it is news")
struct NetworkNewsTests {
    private func bytes(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }

    private func message(_ type: UInt16, _ body: [UInt8]) -> [UInt8] {
        let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
        return bytes(UInt32(16 + body.count)) + bytes(type) + bytes(UInt16(0)) + bytes(UInt32(1)) + bytes(UInt32(0)) + padded
    }

    private func link(_ type: UInt16, _ index: UInt32, flags: UInt32) -> [UInt8] {
        message(type, [0, 0] + bytes(UInt16(1)) + bytes(index) + bytes(flags) + bytes(UInt32.max))
    }

    private func attribute(_ type: UInt16, _ content: [UInt8]) -> [UInt8] {
        bytes(UInt16(4 + content.count)) + bytes(type) + content + [UInt8](repeating: 0, count: (4 - content.count % 4) % 4)
    }

    private func address(_ type: UInt16, _ index: UInt32, _ address: [UInt8], flags: UInt8 = 0x80, scope: UInt8 = 0) -> [UInt8] {
        message(type, [2, 24, flags, scope] + bytes(index) + attribute(1, address) + attribute(2, address))
    }

    private func route(_ type: UInt16, to length: UInt8, via gateway: [UInt8], kind: UInt8 = 1) -> [UInt8] {
        message(type, [2, length, 0, 0, 254, 3, 0, kind] + bytes(UInt32(0)) + attribute(4, bytes(UInt32(2))) + attribute(5, gateway))
    }

    @Test("A link that runs, an address, a way out: news once, and again after they had gone")
    func once() {
        let news = Watch()
        let up: UInt32 = 0x11043, down: UInt32 = 0x1003
        let here: [UInt8] = [192, 168, 1, 7], way: [UInt8] = [192, 168, 1, 1]
        for (there, gone) in [
            (link(16, 2, flags: up), link(16, 2, flags: down)), (link(16, 2, flags: up), link(17, 2, flags: up)),
            (address(20, 2, here), address(21, 2, here)), (route(24, to: 0, via: way), route(25, to: 0, via: way)),
        ] {
            for _ in 0..<2 {
                #expect(news.take(there))
                #expect(!news.take(there))
                #expect(!news.take(gone))
                #expect(!news.take(gone))
            }
        }
        // A way out that goes with its link is news when it comes again.
        #expect(news.take(link(16, 2, flags: up)) && news.take(route(24, to: 0, via: way)))
        #expect(!news.take(link(16, 2, flags: down)))
        #expect(news.take(link(16, 2, flags: up)) && news.take(route(24, to: 0, via: way)))
    }

    @Test("No news: addresses of the link alone or not usable yet, routes to somewhere or into nothing, other messages")
    func none() {
        let news = Watch()
        for message in [
            address(20, 2, [169, 254, 1, 1], scope: 253), address(20, 1, [127, 0, 0, 1], scope: 254),
            address(20, 2, [10, 0, 0, 1], flags: 0x40), route(24, to: 24, via: [10, 0, 0, 1]),
            route(24, to: 0, via: [10, 0, 0, 1], kind: 7), message(28, [UInt8](repeating: 1, count: 12)), message(16, []), [],
        ] { #expect(!news.take(message)) }
        // Among others in one datagram it is found.
        #expect(news.take(message(28, [1, 2, 3]) + address(20, 2, [10, 0, 0, 9]) + message(3, [])))
    }

    @Test("Whatever the bytes are, and wherever they end, they are read within their bounds")
    func hostile() {
        var dice = SystemRandomNumberGenerator()
        let news = Watch()
        let good = link(16, 2, flags: 0x41) + address(20, 2, [10, 0, 0, 9]) + route(24, to: 0, via: [10, 0, 0, 1])
        for length in 0...good.count { _ = news.take(Array(good.prefix(length))) }
        for _ in 0..<20_000 {
            var other = good
            for _ in 0..<Int.random(in: 1...6, using: &dice) {
                other[Int.random(in: 0..<other.count, using: &dice)] = [0, 1, 3, 4, 0x7F, 0xFF, UInt8.random(in: 0...255)].randomElement() ?? 0
            }
            _ = news.take(other)
        }
        for index in 0..<5000 { _ = news.take(address(20, UInt32(index), bytes(UInt32(index)))) }
    }
}

/// `#expect` takes no mutating calls.
private final class Watch {
    private var news = NetworkNews()
    func take(_ bytes: [UInt8]) -> Bool { news.take(bytes) }
}
