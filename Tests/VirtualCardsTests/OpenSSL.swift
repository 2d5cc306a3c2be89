import Foundation
import SmartCard

/// OpenSSL, called as a program: arithmetic that is not the project's own.
enum OpenSSL {
    struct Failed: Error { let arguments: [String] }

    /// RSA without padding.
    static func power(_ base: [UInt8], modulus: [UInt8], exponent: [UInt8]) throws -> [UInt8] {
        func integer(_ bytes: [UInt8]) -> TLV { TLV(0x02, [0x00] + bytes) }
        let key = TLV(0x30, [integer(modulus), integer(exponent)]).encoded
        let algorithm = TLV(0x30, [0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00])
        let info = TLV(0x30, algorithm.encoded + TLV(0x03, [0x00] + key).encoded).encoded
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("kassa-oracle-\(UUID().uuidString).der")
        try Data(info).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try run(
            ["pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", file.path, "-pkeyopt", "rsa_padding_mode:none"],
            input: base)
    }

    static func run(_ arguments: [String], input: [UInt8]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        let (stdin, stdout) = (Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = FileHandle.nullDevice
        try process.run()
        try stdin.fileHandleForWriting.write(contentsOf: Data(input))
        try stdin.fileHandleForWriting.close()
        let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(arguments: arguments) }
        return Array(output)
    }
}
