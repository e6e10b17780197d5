import TestTools
import Testing

@testable import TaskFilter

struct NeedleTests {
    @Test func `a needle is found where a slow search finds it`() throws {
        var numbers = SeededRandom(seed: 7)
        var found = 0
        for _ in 0..<5000 {
            let letters = ["a", "b", "\u{E4}", "ss"]
            let needle = (0...numbers.below(5)).map { _ in numbers.pick(letters) }.joined()
            let text = (0..<numbers.below(20)).map { _ in numbers.pick(letters) }.joined()
            let isThere = TextFold.folded(text).contains(TextFold.folded(needle))
            #expect(try #require(Needle(folding: needle)).isFound(in: text) == isThere, "\(needle) in \(text)")
            if isThere { found += 1 }
        }
        #expect(1000...4000 ~= found)
    }

    @Test func `what repeats itself takes no longer`() throws {
        let needle = try #require(Needle(folding: String(repeating: "a", count: 900) + "b"))
        let text = String(repeating: "a", count: 1_000_000)
        let clock = ContinuousClock()
        let once = clock.measure { #expect(!needle.isFound(in: text)) }
        // A search that began again at each place would look 900 times as often.
        #expect(once < .seconds(10))
    }

    @Test func `marks alone are no needle`() { #expect(Needle(folding: "\u{301}\u{300}") == nil) }
}
