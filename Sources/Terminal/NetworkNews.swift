/// Tells from the kernel's messages (rtnetlink(7)) whether this machine has a network that it did not have: a link that
/// runs, an address beyond the link, a way out. What is only told once more, such as the lifetimes of IPv6, is no news.
struct NetworkNews: Sendable {
    private struct Address: Hashable {
        var link: UInt32
        var bytes: [UInt8]
    }

    private struct Route: Hashable {
        var family: UInt8
        var link: [UInt8]
        var gateway: [UInt8]
    }

    private var running: Set<UInt32> = []
    private var addresses: Set<Address> = []
    private var routes: Set<Route> = []

    /// More than any till has; then all is forgotten, and news are told once too often.
    private static let most = 1024

    /// - Parameter bytes: a datagram: messages one after the other. What does not fit is not read.
    /// - Returns: whether any of them is such news.
    mutating func take(_ bytes: [UInt8]) -> Bool {
        var isNews = false
        var place = 0
        while let length = Self.number(bytes, at: place, UInt32.self).flatMap(Int.init(exactly:)), length >= 16,
            place + length <= bytes.count, let type = Self.number(bytes, at: place + 4, UInt16.self)
        {
            if take(type, Array(bytes[(place + 16)..<(place + length)])) { isNews = true }
            place += (length + 3) & ~3
        }
        if max(running.count, addresses.count, routes.count) > Self.most { self = NetworkNews() }
        return isNews
    }

    private mutating func take(_ type: UInt16, _ body: [UInt8]) -> Bool {
        switch type {
        // RTM_NEWLINK, RTM_DELLINK: struct ifinfomsg; IFF_UP and IFF_RUNNING.
        case 16, 17:
            guard let link = Self.number(body, at: 4, UInt32.self), let flags = Self.number(body, at: 8, UInt32.self) else {
                return false
            }
            guard type == 16, flags & 0x41 == 0x41 else {
                running.remove(link)
                // The kernel drops its ways out without a word.
                routes = routes.filter { Self.number($0.link, at: 0, UInt32.self) != link }
                return false
            }
            return running.insert(link).inserted
        // RTM_NEWADDR, RTM_DELADDR: struct ifaddrmsg; an address that is not usable yet (IFA_F_TENTATIVE) comes again.
        case 20, 21:
            guard body.count >= 8, let link = Self.number(body, at: 4, UInt32.self) else { return false }
            let parts = Self.attributes(body, from: 8)
            guard let bytes = parts[2] ?? parts[1] else { return false }
            let address = Address(link: link, bytes: bytes)
            guard type == 20 else {
                addresses.remove(address)
                return false
            }
            guard body[2] & 0x40 == 0, body[3] < Self.linkScope else { return false }
            return addresses.insert(address).inserted
        // RTM_NEWROUTE, RTM_DELROUTE: struct rtmsg; the way out is the unicast route to everywhere.
        case 24, 25:
            guard body.count >= 12, body[1] == 0, body[7] == 1 else { return false }
            let parts = Self.attributes(body, from: 12)
            let route = Route(family: body[0], link: parts[4] ?? [], gateway: parts[5] ?? [])
            guard type == 24 else {
                routes.remove(route)
                return false
            }
            return routes.insert(route).inserted
        default: return false
        }
    }

    /// RT_SCOPE_LINK; RT_SCOPE_HOST is above it.
    private static let linkScope: UInt8 = 253

    /// struct rtattr: length, type, content; by type, the first of each.
    private static func attributes(_ body: [UInt8], from start: Int) -> [UInt16: [UInt8]] {
        var found: [UInt16: [UInt8]] = [:]
        var place = start
        while let length = number(body, at: place, UInt16.self).map(Int.init), length >= 4, place + length <= body.count,
            let type = number(body, at: place + 2, UInt16.self)
        {
            if found[type] == nil { found[type] = Array(body[(place + 4)..<(place + length)]) }
            place += (length + 3) & ~3
        }
        return found
    }

    /// In the machine's own order; nil beyond the end.
    private static func number<Value: FixedWidthInteger>(_ bytes: [UInt8], at place: Int, _ type: Value.Type) -> Value? {
        guard place >= 0, place + MemoryLayout<Value>.size <= bytes.count else { return nil }
        return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: type) }
    }
}
