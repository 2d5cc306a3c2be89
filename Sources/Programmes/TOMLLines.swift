/// Finds the line on which a TOML text defines a key: the parser keeps no places. It reads only as much TOML as that
/// takes, never fails on any text, and looks at each byte once, without recursion.
struct TOMLLines {
    /// The 1-based line of `path`, written as in ``TOMLFileError/field``: `purchase.maximum`, `purse[1].kind`,
    /// `purse[0]`. For a key that is not there, the line of the innermost table or array around it that is; 1 for the
    /// root.
    static func line(of path: String, in text: String) -> Int {
        var lines = TOMLLines(path: path, text: text)
        return lines.search()
    }

    /// What the parser would abort the process for instead of refusing it: a header without a name, a value that is
    /// none, a bracket that closes another kind.
    struct Fault: Equatable {
        /// 1-based
        let line: Int
        let problem: String
    }

    /// The first of them; nil when there is none. The parser must not see a text that has one.
    static func fault(in text: String) -> Fault? {
        var lines = TOMLLines(path: "", text: text)
        while lines.index < lines.text.count, lines.fault == nil { lines.statement() }
        return lines.fault
    }

    /// How many bytes of the wanted path a place in the text has spelt out so far; nil where it leads elsewhere.
    private typealias Reach = Int?

    private enum Open {
        /// A `[ … ]` value, and the index of its next element.
        case array(Reach, next: Int)
        /// A `{ … }` value.
        case table(Reach)
    }

    private let path: [UInt8]
    private let text: [UInt8]
    private var index = 0
    private var line = 1
    /// Where the keys of the present table stand.
    private var table: Reach = 0
    /// The best place so far: bytes of the path, whether it was named there itself or only on the way deeper, its line.
    private var best = (reach: 0, isExplicit: true, line: 1)
    /// Elements that `[[…]]` headers have begun, by the reach of the array's name. Only arrays on the path count, and
    /// inner ones only within the outer element that the path names: there is one count for each.
    private var elements: [Int: Int] = [:]
    private var fault: Fault?

    private init(path: String, text: String) {
        self.path = Array(path.utf8)
        self.text = Array(text.utf8)
        if self.text.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    }

    private mutating func search() -> Int {
        while index < text.count {
            statement()
            if best.reach == path.count, best.isExplicit { break }
        }
        return best.line
    }

    /// The next header, or key and value, with the rest of its line.
    private mutating func statement() {
        skipBlank(acrossLines: true)
        guard index < text.count else { return }
        let start = line
        if text[index] == UInt8(ascii: "[") {
            table = header(line: start)
        } else {
            let place = key(in: table, line: start)
            if take(UInt8(ascii: "=")) { value(at: place) }
        }
        // What is left is a comment, or no TOML.
        skipLine()
    }

    // MARK: Places

    /// Where `name` leads from a table.
    private func step(from table: Reach, to name: [UInt8]) -> Reach {
        guard var reach = table else { return nil }
        if reach > 0 {
            guard reach < path.count, path[reach] == UInt8(ascii: ".") else { return nil }
            reach += 1
        }
        guard path[reach...].starts(with: name) else { return nil }
        reach += name.count
        // A boundary, lest `max` pass for `maximum`.
        return reach == path.count || Self.beginsPathPart.contains(path[reach]) ? reach : nil
    }

    /// Where element `index` of an array leads.
    private func step(from array: Reach, toElement index: Int) -> Reach {
        guard let array, array < path.count, path[array] == UInt8(ascii: "[") else { return nil }
        let wanted = Array("[\(index)]".utf8)
        return path[array...].starts(with: wanted) ? array + wanted.count : nil
    }

    private mutating func note(_ reach: Reach, isExplicit: Bool, line: Int) {
        guard let reach else { return }
        if reach > best.reach || (reach == best.reach && isExplicit && !best.isExplicit) {
            best = (reach, isExplicit, line)
        }
    }

    /// The element of an array of tables that a header's name stands for: the last one begun.
    private func lastElement(of array: Int) -> Reach {
        guard let count = elements[array] else { return array }
        return step(from: array, toElement: count - 1)
    }

    // MARK: Statements

    /// `[a.b]` or `[[a.b]]`; where the keys below it stand.
    private mutating func header(line start: Int) -> Reach {
        index += 1
        skipSpaces()
        let isElement = index < text.count && text[index] == UInt8(ascii: "[")
        if isElement {
            index += 1
            skipSpaces()
        }
        if index < text.count, !Self.mayFollowBracket.contains(text[index]) {
            fault = fault ?? Fault(line: start, problem: "has a table header without a name")
        }
        var place: Reach = 0
        repeat {
            skipBlank(acrossLines: false)
            guard let name = keyPart() else { return nil }
            place = step(from: place, to: name)
            skipBlank(acrossLines: false)
            let isLast = index >= text.count || text[index] != UInt8(ascii: ".")
            note(place, isExplicit: isLast, line: start)
            if let array = place {
                if isLast, isElement { elements[array, default: 0] += 1 }
                place = lastElement(of: array)
                note(place, isExplicit: isLast, line: start)
            }
        } while take(UInt8(ascii: "."))
        return place
    }

    /// `a.b` before a `=`; where it stands.
    private mutating func key(in table: Reach, line start: Int) -> Reach {
        var place = table
        repeat {
            skipBlank(acrossLines: false)
            guard let name = keyPart() else { return nil }
            place = step(from: place, to: name)
            skipBlank(acrossLines: false)
            note(place, isExplicit: index >= text.count || text[index] != UInt8(ascii: "."), line: start)
        } while take(UInt8(ascii: "."))
        return place
    }

    /// The value after `=`, with everything inside it.
    private mutating func value(at place: Reach) {
        var open: [Open] = []
        var place = place
        repeat {
            skipBlank(acrossLines: !open.isEmpty)
            if take(UInt8(ascii: "[")) {
                open.append(.array(place, next: 0))
            } else if take(UInt8(ascii: "{")) {
                open.append(.table(place))
            } else if index < text.count, [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(text[index]) {
                skipString()
            } else {
                let start = index
                while index < text.count, !Self.endsScalar.contains(text[index]) { index += 1 }
                var scalar = text[start..<index]
                while let last = scalar.last, [0x20, 0x09, 0x0D].contains(last) { scalar.removeLast() }
                if !TOMLScalar.isOne(scalar) { fault = fault ?? Fault(line: line, problem: "has a value that is none of TOML's") }
            }
            place = nextPlace(&open)
        } while !open.isEmpty
    }

    /// Goes to the next value within the containers that are open, closing those that end before it.
    private mutating func nextPlace(_ open: inout [Open]) -> Reach {
        while let innermost = open.last {
            skipBlank(acrossLines: true)
            guard index < text.count else {
                open.removeAll()
                return nil
            }
            if text[index] == UInt8(ascii: "]") || text[index] == UInt8(ascii: "}") {
                let isArray = if case .array = innermost { true } else { false }
                if isArray != (text[index] == UInt8(ascii: "]")) {
                    fault = fault ?? Fault(line: line, problem: "has a bracket that closes another kind")
                }
                index += 1
                open.removeLast()
            } else if take(UInt8(ascii: ",")) {
                continue
            } else {
                switch innermost {
                case .array(let array, let next):
                    open[open.count - 1] = .array(array, next: next + 1)
                    let place = step(from: array, toElement: next)
                    note(place, isExplicit: true, line: line)
                    return place
                case .table(let table):
                    let start = index
                    let place = key(in: table, line: line)
                    if take(UInt8(ascii: "=")) { return place }
                    // No TOML: one byte on, for the loop to end.
                    if index == start { index += 1 }
                }
            }
        }
        return nil
    }

    // MARK: Bytes

    /// What begins a key, and the closing bracket, whose error the parser tells itself.
    private static let mayFollowBracket = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-\"']".utf8)
    private static let beginsPathPart = Set(".[".utf8)
    private static let endsScalar = Set(",]}#\n".utf8)
    private static let endsBareKey = Set(" \t\r\n.=[]{},#\"'".utf8)

    /// Takes `byte` if it is the next one after spaces.
    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlank(acrossLines: false)
        guard index < text.count, text[index] == byte else { return false }
        index += 1
        return true
    }

    /// Nothing but what TOML takes for spaces: a lone carriage return is none.
    private mutating func skipSpaces() {
        while index < text.count, text[index] == UInt8(ascii: " ") || text[index] == UInt8(ascii: "\t") { index += 1 }
    }

    private mutating func skipBlank(acrossLines: Bool) {
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): index += 1
            case UInt8(ascii: "\n") where acrossLines:
                index += 1
                line += 1
            case UInt8(ascii: "#") where acrossLines:
                while index < text.count, text[index] != UInt8(ascii: "\n") { index += 1 }
            default: return
            }
        }
    }

    private mutating func skipLine() {
        while index < text.count, text[index] != UInt8(ascii: "\n") { index += 1 }
        guard index < text.count else { return }
        index += 1
        line += 1
    }

    /// One part of a key, bare or quoted; nil where none stands.
    private mutating func keyPart() -> [UInt8]? {
        guard index < text.count else { return nil }
        let first = text[index]
        if first == UInt8(ascii: "'") || first == UInt8(ascii: "\"") {
            let start = index + 1
            skipString()
            guard index > start, text[index - 1] == first else { return nil }
            let inside = text[start..<(index - 1)]
            return first == UInt8(ascii: "'") ? Array(inside) : Self.unescaped(inside)
        }
        let start = index
        while index < text.count, !Self.endsBareKey.contains(text[index]) { index += 1 }
        return index > start ? Array(text[start..<index]) : nil
    }

    /// A string of any of the four kinds. One without its end goes to the end of the line, or of the text when it may
    /// have many lines.
    private mutating func skipString() {
        let quote = text[index]
        let isBasic = quote == UInt8(ascii: "\"")
        let isLong = text[index...].starts(with: [quote, quote, quote])
        index += isLong ? 3 : 1
        while index < text.count {
            if text[index] == UInt8(ascii: "\n") {
                guard isLong else { return }
                line += 1
            } else if text[index] == UInt8(ascii: "\\"), isBasic, index + 1 < text.count,
                text[index + 1] != UInt8(ascii: "\n")
            {
                index += 1
            } else if text[index] == quote {
                if !isLong {
                    index += 1
                    return
                }
                if text[index...].starts(with: [quote, quote, quote]) {
                    index += 3
                    // Up to two quotes may stand before the closing three.
                    for _ in 0..<2 where index < text.count && text[index] == quote { index += 1 }
                    return
                }
            }
            index += 1
        }
    }

    /// A quoted key's text; an escape that TOML does not have stands for itself.
    private static func unescaped(_ quoted: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var rest = quoted
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
                result.append(byte)
                continue
            }
            switch escape {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "u"), UInt8(ascii: "U"):
                let digits = rest.prefix(escape == UInt8(ascii: "u") ? 4 : 8)
                rest = rest.dropFirst(digits.count)
                let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
                if let scalar = code.flatMap({ Unicode.Scalar($0) }) {
                    result.append(contentsOf: String(Character(scalar)).utf8)
                }
            default: result.append(escape)
            }
        }
        return result
    }
}
