import Foundation
import TestTools
import Testing

@testable import TaskFilter

struct TextFoldTests {
    @Test(arguments: [
        ("", ""), ("milk", "milk"), ("MilK-[@`{Z", "milk-[@`{z"), ("Stra\u{DF}e", "strasse"), ("\u{1E9E}", "ss"),
        ("\u{C5}", "a"), ("A\u{30A}", "a"),
        ("\u{212B}\u{212A}", "ak"), ("\u{FB03}", "ffi"), ("\u{130}\u{131}", "i\u{131}"),
        ("\u{F8}\u{D8}", "\u{F8}\u{F8}"), ("\u{1EC7}", "e"),
        ("\u{1F48}\u{3B4}\u{3C3}\u{3C2}", "\u{3BF}\u{3B4}\u{3C3}\u{3C3}"), ("\u{419}\u{451}", "\u{438}\u{435}"),
        ("\u{FF21}", "\u{FF41}"),
        ("\u{AC01}\u{AC00}", "\u{1100}\u{1161}\u{11A8}\u{1100}\u{1161}"), ("\u{5D0}\u{5B8}", "\u{5D0}"),
        ("\u{304C}", "\u{304B}"),
        ("\u{1F600}\u{301}", "\u{1F600}"), ("\u{301}", ""), ("\u{10400}", "\u{10428}"), ("\u{2F800}", "\u{4E3D}"),
        ("\u{10FFFF}", "\u{10FFFF}"),
        ("\u{E7}\u{C7}", "cc"), ("\u{149}", "\u{2BC}n"), ("\u{13A0}\u{AB70}", "\u{13A0}\u{13A0}"),
    ])
    func `case and marks are folded away`(text: String, folded: String) {
        #expect(TextFold.folded(text).utf8.elementsEqual(folded.utf8))
        #expect(TextFold.folded(folded).utf8.elementsEqual(folded.utf8))
    }

    /// Scalars whose case the standard library maps otherwise than Unicode folds it: dotless i, which its capital does not lead back to.
    private static let unlikeMappings: Set<UInt32> = [0x131]

    /// What the table says, held to what the standard library and Foundation know, for all that was assigned when it was made.
    @Test func `the table is that of Unicode`() {
        var counts = (marks: 0, cases: 0, decomposed: 0)
        for scalar in (0...0x10FFFF).lazy.compactMap({ Unicode.Scalar($0 as UInt32) }) {
            let properties = scalar.properties
            guard isInTable(scalar),
                !(0xAC00...0xD7A3 ~= scalar.value && scalar.value % 97 != 0)
            else { continue }
            let text = String(scalar)
            let hasCase = properties.lowercaseMapping != text || properties.uppercaseMapping != text
            // Most scalars are letters of Chinese, which have nothing to fold.
            if properties.isIdeographic, !(0xF900...0xFAFF ~= scalar.value), scalar.value < 0x2F800 { continue }
            let folded = TextFold.folded(text)
            let decomposed = text.decomposedStringWithCanonicalMapping
            if properties.canonicalCombiningClass != .notReordered {
                counts.marks += 1
                expect(folded, "", scalar)
            } else if hasCase {
                counts.cases += 1
                guard !Self.unlikeMappings.contains(scalar.value) else { continue }
                var others = [properties.lowercaseMapping, properties.titlecaseMapping]
                // The iota under a Greek letter is a mark, and stands behind the letter only where all are capitals.
                if !decomposed.unicodeScalars.contains("\u{345}") { others.append(properties.uppercaseMapping) }
                for other in others where other.unicodeScalars.allSatisfy(isInTable) {
                    expect(TextFold.folded(other), folded, scalar)
                }
            } else if !decomposed.utf8.elementsEqual(text.utf8) {
                counts.decomposed += 1
                let kept = decomposed.unicodeScalars.filter { $0.properties.canonicalCombiningClass == .notReordered }
                expect(folded, TextFold.folded(String(String.UnicodeScalarView(kept))), scalar)
            } else {
                expect(folded, text, scalar)
            }
            expect(TextFold.folded(decomposed), folded, scalar)
            expect(TextFold.folded(folded), folded, scalar)
        }
        #expect(counts.marks > 800)
        #expect(counts.cases > 2500)
        #expect(counts.decomposed > 1000)
    }

    /// Whether the scalar was assigned when the table was made; since then some small letters got a capital.
    private func isInTable(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.age.map { $0.major <= 14 } ?? false }

    private func expect(_ found: String, _ wanted: String, _ scalar: Unicode.Scalar) {
        guard !found.utf8.elementsEqual(wanted.utf8) else { return }
        Issue.record("U+\(String(scalar.value, radix: 16)): \(found.debugDescription), not \(wanted.debugDescription)")
    }

    @Test func `titles are in one order, whatever their case and marks, and then by scalars`() {
        let titles = [
            "", "a", "\u{C1}", "\u{E1}", "\u{E1}", "ab", "Abc", "\u{E1}c", "b", "Z", "\u{E6}", "\u{F8}", "\u{3B1}",
            "\u{1F95B}",
        ]
        var numbers = SeededRandom(seed: 1)
        let sorted = titles.shuffled(using: &numbers).sorted { TitleKey($0) < TitleKey($1) }
        #expect(sorted.elementsEqual(titles) { $0.utf8.elementsEqual($1.utf8) }, "\(sorted)")
        #expect(TitleKey("\u{E1}") != TitleKey("a\u{301}"))
        #expect(TitleKey("a\u{301}") < TitleKey("\u{E1}"))
        #expect(TitleKey("\u{FFFD}") < TitleKey("\u{10000}"))
    }
}
