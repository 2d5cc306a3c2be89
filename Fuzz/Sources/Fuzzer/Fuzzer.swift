import Glibc
import HostileInput

/// The parser under libFuzzer: the one that KASSAD_PARSER names; `list` prints all.
private let parser: HostileParser = {
    let name = getenv("KASSAD_PARSER").map { String(cString: $0) } ?? ""
    guard let found = HostileParser.named(name) else {
        let names = HostileParser.all.map(\.name).joined(separator: " ")
        let isList = name == "list"
        let text = isList ? names + "\n" : "KASSAD_PARSER must be one of: \(names)\n"
        _ = text.withCString { write(isList ? 1 : 2, $0, strlen($0)) }
        // libFuzzer takes exit() for a parser that broke.
        _exit(isList ? 0 : 2)
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
