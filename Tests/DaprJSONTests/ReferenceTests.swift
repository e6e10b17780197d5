import DaprJSON
import Foundation
import Testing

struct ReferenceTests {
    /// Every text of up to so many of these characters.
    @Test(
        arguments: [("0-1.eE+ ", 5), ("[]{},:\"a", 5), ("\"\\u0", 8), ("\"\\/b\n\0", 5), ("true", 5)] as [(String, Int)]
    )
    func `what the grammar accepts is read and nothing else`(alphabet: String, longest: Int) {
        let alphabet = Array(alphabet.utf8)
        var level: [[UInt8]] = [[]]
        var (accepted, refused) = (0, 0)
        for _ in 0..<longest {
            level = level.flatMap { text in alphabet.map { text + [$0] } }
            for text in level {
                let isRead = isRead(text)
                if isRead { accepted += 1 } else { refused += 1 }
                if isRead != ReferenceGrammar.accepts(text) {
                    Issue.record("\(String(decoding: text, as: UTF8.self)): read is \(isRead)")
                    return
                }
            }
        }
        #expect(refused > 1000)
        #expect(accepted > 0)
    }

    /// Whether a text is read, or is a number that the grammar has and a double has not.
    private func isRead(_ text: [UInt8]) -> Bool {
        do throws(JSONError) {
            _ = try JSONValue(parsing: text)
            return true
        } catch {
            if case .numberOutOfRange = error { return true }
            return false
        }
    }

    /// A type with what `Codable` offers: optionals, nesting, arrays, dictionaries, every kind of number.
    private struct Everything: Codable, Equatable {
        var text: String
        var maybe: String?
        var flag: Bool
        var small: Int8
        var large: UInt32
        var whole: Int
        var number: Double
        var list: [Double]
        var optionals: [Int?]
        var names: [String: Int]
        var nested: [Everything]
        var child: Child?

        struct Child: Codable, Equatable {
            var left: [String]
            var right: [[Bool]]
        }

        init(_ values: inout RandomValues, depth: Int) {
            text = values.string()
            maybe = values.oneIn(2) ? values.string() : nil
            flag = values.oneIn(2)
            small = Int8.random(in: .min ... .max, using: &values.generator)
            large = UInt32.random(in: .min ... .max, using: &values.generator)
            whole = values.integer()
            number = values.double()
            list = (0..<values.below(4)).map { _ in values.double() }
            optionals = (0..<values.below(4)).map { _ in values.oneIn(2) ? values.integer() : nil }
            names = Dictionary((0..<values.below(4)).map { _ in (values.string(), values.integer()) }) { $1 }
            nested = depth == 0 ? [] : (0..<values.below(3)).map { _ in Everything(&values, depth: depth - 1) }
            child =
                values.oneIn(2)
                ? nil
                : Child(
                    left: (0..<values.below(3)).map { _ in values.string() },
                    right: (0..<values.below(3)).map { _ in (0..<values.below(3)).map { _ in values.oneIn(2) } }
                )
        }
    }

    @Test func `a typed value goes to Foundation and comes back, both ways`() throws {
        var values = RandomValues(seed: 11)
        for _ in 0..<400 {
            let value = Everything(&values, depth: 2)
            let ours = try JSONCoding.encode(value)
            #expect(try JSONDecoder().decode(Everything.self, from: Data(ours)) == value)
            let theirs = try JSONEncoder().encode(value)
            #expect(try JSONCoding.decode(Everything.self, from: Array(theirs)) == value)
            #expect(try JSONValue(parsing: ours) == JSONValue(parsing: Array(theirs)))
        }
    }
}

extension RandomValues {
    fileprivate mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &generator) }
    fileprivate mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }
}
