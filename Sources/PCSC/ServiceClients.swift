import Glibc

/// How many clients pcscd serves, as the kernel sees it: connected sockets that bear the name pcscd listens at.
enum ServiceClients {
    /// Nil when the kernel's table can't be read. Zero also when pcscd lives in another network namespace.
    static func count() -> Int? {
        let socket = getenv("PCSCLITE_CSOCK_NAME").map { String(cString: $0) } ?? "/run/pcscd/pcscd.comm"
        // pcscd's own name for it: ours may be a link.
        guard let resolved = realpath(socket, nil) else { return nil }
        defer { free(resolved) }
        return SmallFile.bytes("/proc/net/unix", most: 8 << 20).map { count(in: $0, path: String(cString: resolved)) }
    }

    /// Lines of /proc/net/unix: `Num RefCount Protocol Flags Type St Inode Path`, St 03 being connected.
    static func count(in table: [UInt8], path: String) -> Int {
        let name = Array(path.utf8)
        return table.split(separator: 0x0A).count { line in
            let words = line.split(separator: 0x20, maxSplits: 7)
            guard words.count == 8 else { return false }
            return words[5].elementsEqual("03".utf8) && words[7].elementsEqual(name)
        }
    }
}
