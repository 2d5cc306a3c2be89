import Simulation
import Testing

@Suite("SplitMix64")
struct SplitMix64Tests {
    @Test("The published first values of seed 1234567")
    func published() {
        var generator = SplitMix64(seed: 1_234_567)
        let words = (0..<3).map { _ in generator.next() }
        #expect(words == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
    }
}
