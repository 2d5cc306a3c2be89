import Foundation
import SmartCard
import Testing

@testable import EMV

/// The corpus and a few thousand inputs for each parser. The million is a program of the release kind: `make hostile`.
@Suite("No bytes of others trap a parser, or make it work beyond its bound")
struct HostileInputTests {
    static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Fuzz/Corpus")

    @Test("The corpus, with all that once broke something", arguments: HostileParser.all.map(\.name))
    func corpus(name: String) throws {
        let parser = try #require(HostileParser.named(name))
        let inputs = try Corpus.read(Self.corpus.appendingPathComponent(name))
        #expect(!inputs.isEmpty)
        for input in inputs { try parser.run(input) }
    }

    @Test("2,000 inputs made of it", arguments: HostileParser.all.map(\.name))
    func made(name: String) throws {
        let parser = try #require(HostileParser.named(name))
        var inputs = InputMaker(corpus: try Corpus.read(Self.corpus.appendingPathComponent(name)), seed: 7)
        for _ in 0..<2_000 {
            let input = inputs.next()
            do { try parser.run(input) } catch { Issue.record("\(error): \(input.prefix(400))") }
        }
    }

    @Test("The same seed makes the same inputs, and they differ from one another")
    func inputs() {
        var (one, two) = (InputMaker(corpus: Samples.commands(), seed: 1), InputMaker(corpus: Samples.commands(), seed: 1))
        let made = (0..<1_000).map { _ in one.next() }
        #expect(made == (0..<1_000).map { _ in two.next() })
        #expect(Set(made).count > 900)
    }

    @Test("Every parser has a name of its own, and samples that the corpus holds", arguments: HostileParser.all.map(\.name))
    func samples(name: String) throws {
        #expect(HostileParser.all.count { $0.name == name } == 1)
        let samples = try #require(HostileParser.named(name)).samples()
        #expect(!samples.isEmpty)
        let corpus = Set(try Corpus.read(Self.corpus.appendingPathComponent(name)))
        for sample in samples { #expect(corpus.contains(sample), "write the corpus anew: HostileInputs corpus Fuzz/Corpus") }
    }

    @Test("The samples reach the end of what they are for")
    func reach() throws {
        // An approval by the card, with its signature; what a mutation spares is behind every check.
        let script = try #require(try Samples.contactless().first)
        var transaction: ContactlessTransaction = try #require(Feed.contactless(script[0]))
        guard case .approved = transaction.run(on: ScriptedCard(script.dropFirst()), beforeCommit: {}) else {
            Issue.record("\(transaction)")
            return
        }
        for script in try Samples.contact().prefix(3) {
            let exchanges = try HostileParser.named("contact")?.run(script) ?? 0
            #expect(exchanges > 8)
        }
        for text in try Samples.transcripts() { #expect(try Transcript(text: text).exchanges.isEmpty == false) }
    }

    @Test("A parser that does more than it may is seen")
    func bound() {
        let endless = HostileParser("endless", { (_: [UInt8]) -> Int in 4 }, { [] }, within: WorkBound(commands: 3))
        #expect(throws: BrokenPromise.self) { try endless.run([]) }
    }
}
