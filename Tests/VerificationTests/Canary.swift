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

    /// The pages that hold digits and needles.
    private var own: [ClosedRange<UInt>] {
        [
            digits.withBytes { Self.pages($0) },
            needles.withBytes { Self.pages($0) },
        ]
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

    /// The forms that are in this process's writable or anonymous memory, once for each window of 64 KB that holds them, and how
    /// many bytes were read.
    func found() throws -> (names: [String], scanned: Int) {
        let descriptor = open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
        let maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0, maps >= 0 else { throw NotReadable() }
        defer {
            close(descriptor)
            close(maps)
        }
        // memmem(3), which the Glibc module does not show.
        guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "memmem") else { throw NotReadable() }
        let search = unsafeBitCast(symbol, to: Search.self)
        var window = try SecretBytes(count: SecretBytes.greatestCount)
        let excluded = own + [window.withBytes { Self.pages($0) }]
        var names: [String] = []
        var scanned = 0
        for (range, line) in try Self.mappings(maps) {
            let isShown = line.contains(" r") && !line.hasSuffix("[vvar]") && !line.hasSuffix("[vsyscall]")
            // A file that can't be written holds what it held on the disk.
            guard isShown, line.contains(" rw") || !line.contains("/"), !excluded.contains(where: { $0.overlaps(range) }) else { continue }
            var start = range.lowerBound
            while start <= range.upperBound {
                let wanted = min(SecretBytes.greatestCount, Int(range.upperBound - start) + 1)
                let count = window.withMutableBytes { pread(descriptor, $0.baseAddress, wanted, Int(bitPattern: start)) }
                guard count > 0 else { break }
                scanned += count
                window.withBytes { window in
                    needles.withBytes { needles in
                        for (name, range) in forms
                        where search(window.baseAddress, count, needles.baseAddress.map { $0 + range.lowerBound }, range.count) != nil {
                            names.append(name)
                        }
                    }
                }
                // Windows overlap by more than the longest form.
                start += UInt(count <= 64 ? count : count - (count == wanted && wanted == SecretBytes.greatestCount ? 64 : 0))
            }
        }
        return (names, scanned)
    }

    private static func mappings(_ descriptor: Int32) throws -> [(ClosedRange<UInt>, String)] {
        var text: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &piece, piece.count)
            guard count >= 0 else { throw NotReadable() }
            if count == 0 { break }
            text += piece[..<count]
        }
        return String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap { line in
            let ends = (line.split(separator: " ").first ?? "").split(separator: "-").compactMap { UInt($0, radix: 16) }
            return ends.count == 2 && ends[0] < ends[1] ? (ends[0]...(ends[1] - 1), String(line)) : nil
        }
    }
}
