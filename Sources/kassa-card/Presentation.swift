import Glibc
import SmartCard
import VirtualCards

/// Holds a card in the field until it is taken away: by a signal, by time, by the end of stdin, or by vpcd.
struct Presentation: ~Copyable {
    enum End {
        /// `--seconds`, end of stdin. (A signal ends the process at once.)
        case removed
        /// The card tore itself away.
        case torn
        /// vpcd closed the connection.
        case readerGone
    }

    private let socket: CardSocket
    private let place: String
    private let report: CardReport
    private let timeout: Double?
    private let endsWithInput: Bool

    init(_ options: PresentationOptions) throws {
        // The end of the process is the card leaving the field; what the card keeps has been written before each answer.
        signal(SIGTERM) { _ in _exit(0) }
        signal(SIGINT) { _ in _exit(0) }
        socket = try CardSocket.connected(host: options.host, port: options.port)
        place = "\(options.host):\(options.port)"
        report = options.report
        timeout = options.seconds
        endsWithInput = options.untilEOF
    }

    /// Answers the reader until the card goes. `afterCommand` runs before an answer is sent: what the card has decided is
    /// kept even when the answer tears.
    func run(_ card: any VirtualCard, afterCommand: () throws -> Void) throws -> End {
        let deadline = timeout.map { Self.now + $0 }
        var decoder = VPCDDecoder()
        var slot = VPCDCard(card)
        var wasPowered = false
        while true {
            var descriptors = [
                pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: endsWithInput ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
            ]
            let left = deadline.map { max(0, ($0 - Self.now) * 1_000) }
            let ready = poll(&descriptors, nfds_t(descriptors.count), left.map { Int32(min($0.rounded(.up), 3_600_000)) } ?? -1)
            if ready < 0, errno == EINTR { continue }
            if let deadline, Self.now >= deadline { return .removed }
            if descriptors[1].revents != 0, Self.inputHasEnded() { return .removed }
            guard descriptors[0].revents != 0 else { continue }
            let bytes = try socket.receive()
            guard !bytes.isEmpty else { return .readerGone }
            decoder.append(bytes)
            while let message = decoder.next() {
                let reply = slot.reply(to: message)
                if case .command(let command) = message {
                    try afterCommand()
                    report.exchange(command, reply)
                }
                switch reply {
                case .nothing: break
                case .send(let bytes): try socket.send(bytes)
                case .leave: return .torn
                }
                if slot.hasBeenPowered, !wasPowered {
                    wasPowered = true
                    report.presented(at: place)
                }
            }
        }
    }

    private static func inputHasEnded() -> Bool {
        var scrap = [UInt8](repeating: 0, count: 4_096)
        let count = read(STDIN_FILENO, &scrap, scrap.count)
        return count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)
    }

    /// Monotonic seconds.
    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// What the program says on stdout. A trace names instruction, status word and lengths; card data never.
struct CardReport: Sendable {
    var isQuiet: Bool
    var traces: Bool

    func presented(at place: String) { if !isQuiet { line("kassa-card: presented on \(place)") } }

    func exchange(_ command: [UInt8], _ reply: VPCDCard.Reply) {
        guard traces else { return }
        let instruction = command.count > 1 ? hex(command[1...1]) : "--"
        switch reply {
        case .send(let frame):
            line("kassa-card: INS \(instruction) \(command.count) B -> SW \(hex(frame.suffix(2))) \(frame.count - 2) B")
        case .leave, .nothing: line("kassa-card: INS \(instruction) \(command.count) B -> card left")
        }
    }

    private func hex(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
    }

    private func line(_ text: String) {
        print(text)
        fflush(nil)
    }
}
