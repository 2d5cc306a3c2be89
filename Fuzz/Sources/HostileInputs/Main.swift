import CAllocations
import Foundation
import HostileInput

/// Feeds inputs to parsers and holds each to its bound.
///
///     HostileInputs list
///     HostileInputs run PARSER CORPUS COUNT [SEED]     one line of figures; exit status 1 for a broken promise
///     HostileInputs one PARSER FILE                    one input, such as one that broke something
///     HostileInputs corpus FOLDER                      writes the corpus anew
@main enum Main {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch arguments.first {
        case "list" where arguments.count == 1: for parser in HostileParser.all { print(parser.name) }
        case "corpus" where arguments.count == 2: try write(URL(fileURLWithPath: arguments[1]))
        case "one" where arguments.count == 3:
            guard let parser = HostileParser.named(arguments[1]) else { usage() }
            print("\(try parser.run(Array(Data(contentsOf: URL(fileURLWithPath: arguments[2]))))) commands")
        case "run" where (4...5).contains(arguments.count):
            guard let parser = HostileParser.named(arguments[1]), let count = Int(arguments[3]) else { usage() }
            try run(parser, URL(fileURLWithPath: arguments[2]), count, arguments.count == 5 ? UInt64(arguments[4]) ?? 1 : 1)
        default: usage()
        }
    }

    static func usage() -> Never {
        FileHandle.standardError.write(Data("usage: HostileInputs list | one PARSER FILE | run PARSER CORPUS COUNT [SEED] | corpus FOLDER\n".utf8))
        exit(2)
    }

    static func write(_ folder: URL) throws {
        for parser in HostileParser.all {
            let place = folder.appendingPathComponent(parser.name)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for (index, input) in try parser.samples().enumerated() {
                try Data(input).write(to: place.appendingPathComponent("seed-\(index < 10 ? "0" : "")\(index)"))
            }
        }
    }

    static func run(_ parser: HostileParser, _ corpus: URL, _ count: Int, _ seed: UInt64) throws {
        var limit = rlimit(rlim_cur: 1 << 31, rlim_max: 1 << 31)
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
        let file = FileManager.default.currentDirectoryPath + "/crash-" + parser.name
        kassa_watch_start(file)
        let seeds = try Corpus.read(corpus.appendingPathComponent(parser.name))
        var inputs = InputMaker(corpus: seeds, seed: seed)
        var worst = Worst()
        // What is made once and kept (tables, keys) is made before anything is counted.
        for seed in seeds { try parser.run(seed) }
        let start = clock()
        let before = kassa_allocations_now().held
        for _ in 0..<count {
            let input = inputs.next()
            input.withUnsafeBufferPointer { bytes in
                kassa_watch_input(bytes.baseAddress, bytes.count)
                let mark = kassa_allocations_mark()
                let commands: Int
                do { commands = try parser.run(input) } catch { fail(parser, "\(error)", input, file) }
                let now = kassa_allocations_now()
                let (asked, held) = (Int(now.bytes - mark.bytes), Int(now.peak - mark.held))
                let fault =
                    asked > parser.bound.asked.limit(input.count) ? "\(asked) bytes asked of malloc for \(input.count)"
                    : held > parser.bound.held.limit(input.count) ? "\(held) bytes held for \(input.count)" : nil
                if let fault { fail(parser, fault, input, file) }
                worst.note(commands: commands, asked: asked, held: held, count: Int(now.count - mark.count), input: input.count)
            }
        }
        let kept = kassa_allocations_now().held - before
        guard kept < 1 << 20 + parser.bound.left * count else {
            FileHandle.standardError.write(Data("HostileInputs: error: \(parser.name): \(kept) bytes are kept in the end\n".utf8))
            exit(1)
        }
        let seconds = Double(clock() - start) / Double(CLOCKS_PER_SEC)
        print(worst.line(parser.name, count, seconds))
    }

    static func fail(_ parser: HostileParser, _ fault: String, _ input: [UInt8], _ file: String) -> Never {
        try? Data(input).write(to: URL(fileURLWithPath: file))
        FileHandle.standardError.write(Data("HostileInputs: error: \(parser.name): \(fault); the input is in \(file)\n".utf8))
        exit(1)
    }
}

/// The most that one input has cost.
struct Worst {
    private var commands = 0
    private var asked = 0
    private var held = 0
    private var count = 0
    private var slope = 0
    private var heldSlope = 0

    mutating func note(commands: Int, asked: Int, held: Int, count: Int, input: Int) {
        self.commands = max(self.commands, commands)
        self.asked = max(self.asked, asked)
        self.held = max(self.held, held)
        self.count = max(self.count, count)
        slope = max(slope, (asked - 16_384) / max(1, input))
        heldSlope = max(heldSlope, (held - 16_384) / max(1, input))
    }

    func line(_ name: String, _ inputs: Int, _ seconds: Double) -> String {
        let micros = String(format: "%.2f", seconds * 1e6 / Double(max(1, inputs)))
        return "\(name): \(inputs) inputs, \(micros) µs each; the worst \(count) allocations of \(asked) bytes in all, "
            + "\(held) at once, \(commands) commands (beyond 16384: \(slope) and \(heldSlope) bytes a byte)"
    }
}
