import ArgumentParser
import Core
import VirtualCards

/// `kassa-card ntag424`
struct NTAG424Command: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ntag424", abstract: "A closed-loop tag (NTAG 424 DNA) with a dynamic URL and keys of its own.",
        discussion: """
            Its keys are made of worthless ones that everybody knows: 16 bytes A1 for UID and counter, 16 bytes A2 as the \
            master key.
            """)

    @OptionGroup var presentation: PresentationOptions
    @OptionGroup var faults: FaultOptions

    @Option(help: "What the URL begins with; parameters picc_data and cmac are put behind it.")
    var url = "https://kassa.example/t"

    @Option(help: "Seven bytes in hexadecimal, the first one 04.")
    var uid = "04958CAA5C5E80"

    @Option(help: ArgumentHelp("JSON that keeps counter, keys and file between taps.", valueName: "file"))
    var state: String?

    @Flag(help: "Show another UID of four bytes at each tap.")
    var randomUID = false

    @Flag(help: "Carry the text of a good tag without its key: a copy.")
    var copied = false

    func run() throws {
        guard let uid = Hex.decode(uid), uid.count == 7, uid[0] == 0x04 else {
            throw ValidationError("--uid takes seven bytes, the first one 04.")
        }
        guard !url.contains("?"), !url.contains("#") else { throw ValidationError("--url takes no parameters of its own.") }
        let mirror: SDMMirror
        do { mirror = try TestTags.mirror(url: url) } catch {
            throw ValidationError("--url does not fit into the tag.")
        }
        let file = state.map { CardStateFile<NTAG424Tag.TagState>(path: $0) }
        var kept = try file?.read() ?? NTAG424Tag.TagState(keys: TestTags.keys(uid: uid))
        if copied { kept.keys[3] = [UInt8](repeating: 0, count: 16) }
        var configuration = NTAG424Tag.Configuration(uid: uid, mirror: mirror)
        configuration.hidesUID = randomUID
        let tag: NTAG424Tag
        do { tag = try NTAG424Tag(configuration, state: kept) } catch { throw ValidationError("--state holds no tag.") }
        try KassaCard.present(faults.spoil(tag), presentation, keeping: file) { tag.state }
    }
}
