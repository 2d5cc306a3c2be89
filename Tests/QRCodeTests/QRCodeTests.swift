import Foundation
import Testing

@testable import QRCode

/// Read back by zbarimg (Debian zbar-tools), which shares nothing with libqrencode; without it the test fails.
@Suite("QR codes are read by another's reader", .timeLimit(.minutes(5))) struct QRCodeTests {
    private struct Failed: Error { let output: String }

    /// What zbarimg finds in a picture.
    private func scan(_ picture: [UInt8], _ name: String = "code.png") throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("qr-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent(name)
        try Data(picture).write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/zbarimg")
        process.arguments = ["--quiet", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", file.path]
        let (output, errors) = (Pipe(), Pipe())
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(output: said) }
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    /// As long as a receipt's, of the alphanumeric alphabet.
    static let long = "KR1:" + (0..<1100).map { place -> String in
        let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
        return String(alphabet[(place * place + 7 * place) % 45])
    }.joined()

    @Test("As PNG, in each size and at each level", arguments: ["A", "HELLO WORLD 123", "https://example.fi/maksu?a=b&c=~", QRCodeTests.long])
    func png(text: String) throws {
        for level in QRCode.Level.allCases {
            let code = try #require(QRCode(text, level: level))
            for scale in [2, 3, 8] { #expect(try scan(code.png(scale: scale)) == text) }
        }
    }

    @Test("As text of a terminal: drawn out as a picture it is read, on dark and on light ground") func terminal() throws {
        let text = String(Self.long.prefix(300))
        let code = try #require(QRCode(text))
        for onDark in [true, false] {
            let lines = code.text(onDark: onDark).split(separator: "\n")
            #expect(Set(lines.map(\.count)) == [code.width + 2 * QRCode.quietZone])
            // A PGM of four pixels a module: the block is the terminal's ink.
            let (ink, ground): (UInt8, UInt8) = onDark ? (255, 0) : (0, 255)
            var rows: [[UInt8]] = []
            for line in lines {
                for half in 0..<2 {
                    let row = line.flatMap { block in
                        [UInt8](repeating: block == "█" || block == (half == 0 ? "▀" : "▄") ? ink : ground, count: 4)
                    }
                    rows += [[UInt8]](repeating: row, count: 4)
                }
            }
            let picture = Array("P5 \(rows[0].count) \(rows.count) 255\n".utf8) + rows.joined()
            #expect(try scan(picture, "code.pgm") == text)
        }
    }

    @Test("The alphanumeric mode is used: 1,100 characters in version 19, not byte by byte; nothing and too much are no codes") func modes() throws {
        // ISO/IEC 18004 table 7: at level L version 19 holds 1,153 alphanumeric characters and 792 bytes.
        let code = try #require(QRCode(Self.long))
        #expect(code.version == 19 && code.width == 93)
        #expect(try #require(QRCode(Self.long.lowercased())).version > 19)
        #expect(QRCode("") == nil)
        #expect(QRCode(String(repeating: "A", count: 4296))?.version == 40)
        #expect(QRCode(String(repeating: "A", count: 4297)) == nil)
        #expect(QRCode(String(repeating: "a", count: 100_000)) == nil)
        // The three finder patterns stand where they have to.
        for (row, column) in [(0, 0), (0, code.width - 7), (code.width - 7, 0)] {
            for place in 0..<7 { #expect(code.isDark(row: row, column: column + place) && code.isDark(row: row + place, column: column)) }
        }
        #expect(!code.isDark(row: -1, column: 0) && !code.isDark(row: 0, column: code.width))
    }
}
