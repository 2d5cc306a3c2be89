import Glibc
import HostileInput

/// The parser under libFuzzer: the one that KASSAD_PARSER names.
private let parser: HostileParser = {
    let name = getenv("KASSAD_PARSER").map { String(cString: $0) } ?? ""
    guard let found = HostileParser.named(name) else {
        let text = "KASSAD_PARSER must be one of: \(HostileParser.all.map(\.name).joined(separator: " "))\n"
        _ = text.withCString { write(2, $0, strlen($0)) }
        exit(2)
    }
    return found
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    do {
        try parser.run(input)
    } catch {
        fatalError("\(error)")
    }
    return 0
}
