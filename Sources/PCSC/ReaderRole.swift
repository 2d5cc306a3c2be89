/// Which reader does which work, as the shop's configuration says it. At least one of the three conditions is given; all
/// that are given hold.
public struct ReaderRole: Sendable, Hashable {
    /// `lane 1`.
    public var role: String
    /// `1-1.3`: where the reader is plugged in.
    public var path: String?
    /// How today's name begins.
    public var name: String?
    public var serial: String?

    public init(role: String, path: String? = nil, name: String? = nil, serial: String? = nil) {
        (self.role, self.path, self.name, self.serial) = (role, path, name, serial)
    }

    /// `usb:1-1.3`, as the configuration and ``ReaderIdentity/key`` write it; nil for anything else.
    public static func path(_ text: String) -> String? {
        guard text.hasPrefix("usb:") else { return nil }
        let path = String(text.dropFirst(4))
        return USBDeviceList.isPath(path) ? path : nil
    }

    public func fits(_ reader: ReaderIdentity) -> Bool {
        guard path != nil || name != nil || serial != nil else { return false }
        if let path, reader.path != path { return false }
        if let serial, reader.serial != serial { return false }
        if let name, !reader.name.hasPrefix(name) { return false }
        return true
    }

    /// The more a role says of its reader, the earlier it chooses.
    private var rank: Int { path != nil ? 0 : serial != nil ? 1 : 2 }

    /// What came of a role.
    public enum Assignment: Sendable, Hashable {
        case reader(String)
        case absent
        /// Two readers fit, and nothing tells which is meant: none is taken, for money would go to the wrong lane.
        case ambiguous([String])
    }

    /// Gives each role its reader. Slots that take no payer's card have no role, and no reader has two: where several
    /// roles want one, the one that says most has it, then the first.
    public static func assign(_ roles: [ReaderRole], to readers: [ReaderIdentity]) -> [Assignment] {
        var free = readers.filter { SlotNames.takesPayerCard($0.name) }
        var assignments = [Assignment](repeating: .absent, count: roles.count)
        for (index, role) in roles.enumerated().sorted(by: { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }) {
            let fitting = free.filter(role.fits)
            if let reader = fitting.first, fitting.count == 1 {
                assignments[index] = .reader(reader.name)
                free.removeAll { $0.name == reader.name }
            } else if fitting.count > 1 {
                assignments[index] = .ambiguous(fitting.map(\.name))
            }
        }
        return assignments
    }
}

extension ReaderRole {
    /// The reader of one role among the readers there are now. One that can't be used, or whose driver has not been asked
    /// yet which device it is, has no role: it could be another lane's.
    public static func assignment(of role: String, among roles: [ReaderRole], readers: [ReaderStatus]) -> Assignment {
        guard let index = roles.firstIndex(where: { $0.role == role }) else { return .absent }
        return assign(roles, to: readers.filter { $0.state != .unavailable }.compactMap(\.identity))[index]
    }
}
