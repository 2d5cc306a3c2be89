extension QRCode {
    /// The code for a terminal, two rows of modules in a line of text, quiet zone included.
    /// - Parameter onDark: light letters on a dark ground, as most terminals have it: blocks are drawn where the code is light.
    public func text(onDark: Bool = true) -> String {
        var lines: [String] = []
        for row in stride(from: -Self.quietZone, to: width + Self.quietZone, by: 2) {
            var line = ""
            for column in -Self.quietZone..<width + Self.quietZone {
                let upper = isDark(row: row, column: column) != onDark
                // Below the last row of an odd number there is nothing to draw on.
                let lower = row + 1 < width + Self.quietZone && isDark(row: row + 1, column: column) != onDark
                line += upper ? (lower ? "█" : "▀") : (lower ? "▄" : " ")
            }
            lines.append(line)
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
