import Testing

@testable import DaprText

struct ExactTextTests {
    /// Texts that Swift takes for equal, and that are different bytes.
    static let pairs = [
        ("\u{E9}", "e\u{301}"), ("K", "\u{212A}"), (";", "\u{37E}"), ("\u{C5}", "\u{212B}"),
        ("q\u{307}\u{323}", "q\u{323}\u{307}"),
    ]

    @Test(arguments: pairs)
    func `two spellings are two keys of a dictionary, and two members of a set`(one: String, other: String) {
        #expect(one == other, "the pair shows nothing")
        var values: [ExactText: Int] = [:]
        values[one] = 1
        values[other] = 2
        #expect(values[one] == 1 && values[other] == 2 && values[ExactText(one)] == 1)
        values[other] = nil
        #expect(values[one] == 1 && values[other] == nil)
        let texts: Set<ExactText> = [ExactText(one)]
        #expect(texts.contains(one) && !texts.contains(other))
        #expect([one].contains(bytesOf: one) && ![one].contains(bytesOf: other))
    }

    @Test func `order is that of the bytes`() {
        let texts = ["\u{E9}", "e\u{301}", "\u{FFFD}", "\u{10000}", "ab", "a", ""].map { ExactText($0) }
        #expect(
            texts.sorted().map(\.text.utf8).map(Array.init)
                == texts.map { Array($0.text.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
        )
    }

    /// All of them would have one hash by Swift's own, and a table of them would cost the square of their number.
    @Test func `the spellings of one text have hashes of their own`() {
        let marks: [Unicode.Scalar] = ["\u{307}", "\u{323}", "\u{31B}", "\u{327}", "\u{345}"]
        var spellings: Set<ExactText> = []
        func put(_ text: String, _ rest: [Unicode.Scalar]) {
            if rest.isEmpty { spellings.insert(ExactText(text)) }
            for index in rest.indices {
                var left = rest
                let mark = left.remove(at: index)
                put(text + String(mark), left)
            }
        }
        put("q", marks)
        #expect(spellings.count == 120)
        #expect(Set(spellings.map(\.hashValue)).count > 115)
    }

    @Test func `equal bytes have equal hashes, however they came`() {
        for length in 0..<40 {
            let text = String(repeating: "x", count: length)
            #expect(ExactText(text).hashValue == ExactText(String(decoding: Array(text.utf8), as: UTF8.self)).hashValue)
            #expect(ExactText(text) == ExactText(String(("y" + text).dropFirst())))
        }
    }
}
