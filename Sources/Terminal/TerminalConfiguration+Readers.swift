import Core
import PCSC
import Programmes

extension TerminalConfiguration {
    /// `[[reader]]` tables: `role`, and one or more of `path` (`usb:1-1.3`), `name` (how the reader's begins) and `serial`.
    static func readerRoles(_ root: TOMLFileTable) throws(TOMLFileError) -> [ReaderRole] {
        var roles: [ReaderRole] = []
        for table in try root.tables("reader") {
            let role = try table.string("role")
            guard (1...64).contains(role.utf8.count), !CardNumberForm.isFound(in: role) else {
                throw table.wrong("role", "must be the name of a lane, 1 to 64 characters")
            }
            guard !roles.contains(where: { $0.role == role }) else { throw table.wrong("role", "has a reader already") }
            var path: String?
            if let text = try table.optionalString("path") {
                path = ReaderRole.path(text)
                guard path != nil else { throw table.wrong("path", "must be a place such as usb:1-1.3") }
            }
            let (name, serial) = (try table.optionalString("name"), try table.optionalString("serial"))
            guard path != nil || name?.isEmpty == false || serial?.isEmpty == false else {
                throw table.wrong("role", "needs a path, a name or a serial")
            }
            roles.append(ReaderRole(role: role, path: path, name: name, serial: serial))
            try table.allKnown()
        }
        return roles
    }
}
