import Glibc
import Secrets

/// Twelve random digits that are nowhere but in locked pages which the scan leaves out, and the forms in which software would
/// leave them behind. Everything here works on pointers: an array would be a finding of its own.
struct Canary: ~Copyable {
    static let pan = "4761739001010010"
    /// The twelve digits before the check digit.
    private static let account: [UInt8] = [0x17, 0x39, 0x00, 0x10, 0x10, 0x01]

    let digits: SecretBytes
    private let needles: SecretBytes
    let forms: [(name: String, range: Range<Int>)]

    init() throws {
        var digits = try SecretBytes(count: 12)
        digits.withMutableBytes { for place in $0.indices { $0[place] = UInt8.random(in: 0...9) } }
        var needles = try SecretBytes(count: 512)
        var forms: [(name: String, range: Range<Int>)] = []
        func packed(_ digits: UnsafeBufferPointer<UInt8>, _ place: Int) -> UInt8 { digits[2 * place] << 4 | digits[2 * place + 1] }
        Self.add("digits", 12, digits, &needles, &forms) { $0[$1] }
        Self.add("ASCII", 12, digits, &needles, &forms) { $0[$1] | 0x30 }
        Self.add("UTF-16", 24, digits, &needles, &forms) { $1 % 2 == 0 ? $0[$1 / 2] | 0x30 : 0 }
        Self.add("UTF-32", 48, digits, &needles, &forms) { $1 % 4 == 0 ? $0[$1 / 4] | 0x30 : 0 }
        Self.add("list of numbers", 34, digits, &needles, &forms) { $1 % 3 == 0 ? $0[$1 / 3] | 0x30 : ($1 % 3 == 1 ? 0x2C : 0x20) }
        // Blocks of formats 1, 2 and 4 hold these.
        Self.add("BCD", 6, digits, &needles, &forms, packed)
        Self.add("BCD, least byte first", 6, digits, &needles, &forms) { packed($0, 5 - $1) }
        // Blocks of formats 0 and 3, whose first and last bytes differ.
        Self.add("PIN block with card number", 6, digits, &needles, &forms) { packed($0, $1) ^ ($1 == 0 ? 0 : Self.account[$1 - 1]) }
        self.digits = digits
        self.needles = needles
        self.forms = forms
    }

    private static func add(
        _ name: String, _ count: Int, _ digits: borrowing SecretBytes, _ needles: inout SecretBytes,
        _ forms: inout [(name: String, range: Range<Int>)], _ byte: (UnsafeBufferPointer<UInt8>, Int) -> UInt8
    ) {
        let end = forms.last?.range.upperBound ?? 0
        digits.withBytes { digits in
            needles.withMutableBytes { needles in
                for place in 0..<count { needles[end + place] = byte(digits, place) }
            }
        }
        forms.append((name, end..<(end + count)))
    }

    private static func pages(_ bytes: UnsafeBufferPointer<UInt8>) -> ClosedRange<UInt> {
        let first = UInt(bitPattern: bytes.baseAddress)
        return (first & ~0xFFF)...(first + UInt(bytes.count) - 1 | 0xFFF)
    }

    /// A copy of one form, as a leak on purpose; the caller frees it.
    func planted(_ form: Int) -> UnsafeMutableRawPointer? {
        let range = forms[form].range
        guard let leak = malloc(range.count) else { return nil }
        needles.withBytes { needles in
            for place in range { leak.storeBytes(of: needles[place], toByteOffset: place - range.lowerBound, as: UInt8.self) }
        }
        return leak
    }

    struct NotReadable: Error {}

    private typealias Search =
        @convention(c) (UnsafeRawPointer?, Int, UnsafeRawPointer?, Int) -> UnsafeMutableRawPointer?

    /// The forms that are in this process's writable or anonymous memory, and how many bytes were read. Until all is read nothing is
    /// allocated on the heap: that would lie down on what is looked for.
    func found() throws -> (names: [String], scanned: Int) {
        let descriptor = open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
        let maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
        // memmem(3), which the Glibc module does not show.
        guard descriptor >= 0, maps >= 0, let symbol = dlsym(dlopen(nil, RTLD_NOW), "memmem") else { throw NotReadable() }
        let search = unsafeBitCast(symbol, to: Search.self)
        defer {
            close(descriptor)
            close(maps)
        }
        var window = try SecretBytes(count: SecretBytes.greatestCount)
        var text = try SecretBytes(count: SecretBytes.greatestCount)
        let length = text.withMutableBytes { text in
            var length = 0
            while length < text.count {
                let count = read(maps, text.baseAddress.map { $0 + length }, text.count - length)
                guard count > 0 else { break }
                length += count
            }
            return length
        }
        guard (1..<SecretBytes.greatestCount).contains(length) else { throw NotReadable() }
        let own = (
            digits.withBytes { Self.pages($0) }, needles.withBytes { Self.pages($0) }, window.withBytes { Self.pages($0) },
            text.withBytes { Self.pages($0) }
        )
        var seen: UInt64 = 0
        var scanned = 0
        text.withBytes { text in
            var place = 0
            while place < length {
                let line = Self.mapping(text, &place, length)
                let isOwn =
                    own.0.overlaps(line.range) || own.1.overlaps(line.range) || own.2.overlaps(line.range) || own.3.overlaps(line.range)
                // A file that can't be written holds what it held on the disk.
                guard line.isReadable, line.isWritable || !line.isFile, !isOwn else { continue }
                var start = line.range.lowerBound
                while start <= line.range.upperBound {
                    let wanted = min(SecretBytes.greatestCount, Int(line.range.upperBound - start) + 1)
                    let count = window.withMutableBytes { pread(descriptor, $0.baseAddress, wanted, Int(bitPattern: start)) }
                    guard count > 0 else { break }
                    scanned += count
                    window.withBytes { window in
                        needles.withBytes { needles in
                            for form in forms.indices {
                                let range = forms[form].range
                                let needle = needles.baseAddress.map { $0 + range.lowerBound }
                                if search(window.baseAddress, count, needle, range.count) != nil { seen |= 1 << UInt64(form) }
                            }
                        }
                    }
                    // Windows overlap by more than the longest form.
                    start += UInt(count == SecretBytes.greatestCount ? count - 64 : count)
                }
            }
        }
        return (forms.indices.filter { seen >> UInt64($0) & 1 == 1 }.map { forms[$0].name }, scanned)
    }

    private struct Mapping {
        var range: ClosedRange<UInt> = 0...0
        var isReadable = false
        var isWritable = false
        var isFile = false
    }

    /// A line of /proc/self/maps, `first-end rwxp offset device inode name`, and the place after it.
    private static func mapping(_ text: UnsafeBufferPointer<UInt8>, _ place: inout Int, _ length: Int) -> Mapping {
        func number() -> UInt {
            var value: UInt = 0
            while place < length, let digit = digit(text[place]) {
                value = value << 4 | digit
                place += 1
            }
            place += 1
            return value
        }
        let first = number()
        let end = number()
        var line = Mapping()
        if first < end { line.range = first...(end - 1) }
        if place + 1 < length {
            line.isReadable = text[place] == UInt8(ascii: "r")
            line.isWritable = text[place + 1] == UInt8(ascii: "w")
        }
        while place < length, text[place] != UInt8(ascii: "\n") {
            if text[place] == UInt8(ascii: "/") { line.isFile = true }
            place += 1
        }
        place += 1
        return line
    }

    private static func digit(_ byte: UInt8) -> UInt? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt(byte & 0x0F)
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt(byte) - 87
        default: nil
        }
    }
}
