import Foundation
import Testing

@testable import Secrets

@Suite("Secrets: memory of their own", .serialized)
struct SecretBytesTests {
    /// The entry of /proc/self/smaps that holds an address.
    static func mapping(of address: UInt) throws -> [Substring] {
        let text = try String(contentsOfFile: "/proc/self/smaps", encoding: .utf8)
        var found: [Substring] = []
        var isInside = false
        for line in text.split(separator: "\n") {
            let range = (line.split(separator: " ").first ?? "").split(separator: "-").compactMap { UInt($0, radix: 16) }
            if range.count == 2 { isInside = range[0] <= address && address < range[1] }
            if isInside { found.append(line) }
        }
        return found
    }

    private static func address(_ secret: borrowing SecretBytes) -> UInt {
        secret.withBytes { UInt(bitPattern: $0.baseAddress) }
    }

    @Test("Locked, out of dumps, zero in a child, and fenced", arguments: [1, 13, 4_096, 4_097])
    func shielded(count: Int) throws {
        let secret = try SecretBytes(count: count)
        let first = Self.address(secret)
        let lines = try Self.mapping(of: first)
        let flags = try #require(lines.first { $0.hasPrefix("VmFlags:") }).split(separator: " ").map(String.init)
        // lo: locked; dd: not in core dumps; wf: wiped on fork.
        for flag in ["lo", "dd", "wf", "rd", "wr"] { #expect(flags.contains(flag), "\(flag)") }
        let locked = try #require(lines.first { $0.hasPrefix("Locked:") }).split(separator: " ").compactMap { Int($0) }
        #expect(locked == [(count + 4_095) / 4_096 * 4])
        // The pages on both sides can't be touched, and the last byte stands right before the upper one.
        #expect((first + UInt(count)) % 4_096 == 0)
        for beside in [first + UInt(count), first / 4_096 * 4_096 - 1] {
            #expect(try Self.mapping(of: beside).first?.contains("---p") == true)
        }
    }

    @Test("Afterwards nothing is mapped there")
    func unmapped() throws {
        var address: UInt = 0
        do {
            var secret = try SecretBytes(count: 16)
            secret.withMutableBytes { $0.update(repeating: 0x5A) }
            address = Self.address(secret)
        }
        // Another thread may have mapped its own there meanwhile: then it holds none of ours.
        #expect(try Self.mapping(of: address).first { $0.hasPrefix("VmFlags:") }?.contains(" wf") != true)
    }

    @Test("An array that is moved in is zeros afterwards, also when it is refused")
    func taking() throws {
        var bytes: [UInt8] = [1, 2, 3]
        let secret = try SecretBytes(taking: &bytes)
        let kept = secret.withBytes { Array($0) }
        #expect(bytes == [0, 0, 0] && kept == [1, 2, 3])
        var none: [UInt8] = []
        #expect(throws: SecretMemoryError.size(0)) { _ = try SecretBytes(taking: &none).count }
        var many = [UInt8](repeating: 7, count: SecretBytes.greatestCount + 1)
        #expect(throws: SecretMemoryError.size(65_537)) { _ = try SecretBytes(taking: &many).count }
        #expect(many.allSatisfy { $0 == 0 })
    }

    @Test("Comparison and wiping")
    func comparison() throws {
        var first: [UInt8] = [1, 2, 3]
        var right: [UInt8] = [1, 2, 3]
        var other: [UInt8] = [1, 2, 4]
        var longer: [UInt8] = [1, 2, 3, 0]
        var secret = try SecretBytes(taking: &first)
        let answers = [
            secret.isEqualInConstantTime(to: try SecretBytes(taking: &right)),
            secret.isEqualInConstantTime(to: try SecretBytes(taking: &other)),
            secret.isEqualInConstantTime(to: try SecretBytes(taking: &longer)),
        ]
        #expect(answers == [true, false, false])
        secret.wipe()
        let left = secret.withBytes { Array($0) }
        #expect(left == [0, 0, 0])
    }

    @Test("A limit on locked memory is an error with its name, and nothing stays mapped")
    func limit() async {
        await #expect(processExitsWith: .success) {
            // Root may lock whatever the limit says: be nobody.
            if geteuid() == 0 { guard setuid(65_534) == 0 else { exit(2) } }
            var none = rlimit(rlim_cur: 4_096, rlim_max: 4_096)
            guard setrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &none) == 0 else { exit(3) }
            do throws(SecretMemoryError) {
                let first = try SecretBytes(count: 16)
                do throws(SecretMemoryError) {
                    let second = try SecretBytes(count: 16)
                    _ = second.count + first.count
                    exit(4)
                } catch {
                    guard case .notLocked = error else { exit(5) }
                }
            } catch {
                exit(6)
            }
            // The first one's page is free again.
            guard (try? SecretBytes(count: 16).count) == 16 else { exit(7) }
            exit(0)
        }
    }

    @Test("A touch beyond the end is the end of the process")
    func fence() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) {
            let secret = try SecretBytes(count: 16)
            let beyond = secret.withBytes { UInt8($0.baseAddress?[16] ?? 0) }
            exit(Int32(beyond))
        }
    }

    @Test("A child process sees zeros")
    func fork() throws {
        var secret = try SecretBytes(count: 32)
        secret.withMutableBytes { $0.update(repeating: 0x5A) }
        let address = Self.address(secret)
        // A child made by posix_spawn has another image: the kernel's promise is read from the flags instead (`wf`), and tried
        // out by a process that forks.
        let python = """
            import ctypes, mmap, os
            libc = ctypes.CDLL(None)
            m = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
            m[0:2] = b'ZZ'
            address = ctypes.addressof(ctypes.c_char.from_buffer(m))
            assert libc.madvise(ctypes.c_void_p(address), 4096, 18) == 0
            pid = os.fork()
            if pid == 0: os._exit(0 if m[0:2] == bytes(2) else 1)
            raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) or (m[0:2] != b'ZZ'))
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", python]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(try Self.mapping(of: address).contains { $0.hasPrefix("VmFlags:") && $0.contains(" wf") })
    }
}
