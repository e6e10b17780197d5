import DaprJSON
import TestTools

/// Random values of every kind, with the numbers and strings that are likely to go wrong.
struct RandomValues {
    var generator: SeededRandom

    init(seed: UInt64) { generator = SeededRandom(seed: seed) }

    mutating func value(depth: Int = 4) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .integer(integer())
        case 3: return .double(double())
        case 4: return .string(string())
        case 5, 6:
            let count = Int.random(in: 0...40, using: &generator) / Int.random(in: 1...10, using: &generator)
            return .object(JSONObject((0..<count).map { _ in (key: string(), value: value(depth: depth - 1)) }))
        default:
            let count = Int.random(in: 0...5, using: &generator)
            return .array((0..<count).map { _ in value(depth: depth - 1) })
        }
    }

    mutating func integer() -> Int {
        let limit = 1 << Int.random(in: 0...53, using: &generator)
        return Int.random(in: -limit...limit, using: &generator)
    }

    mutating func double() -> Double {
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return Double(integer()) / 100
        case 1: return Double.random(in: -1...1, using: &generator)
        case 2: return Double(integer()) * 1e10
        default:
            let value = Double(bitPattern: generator.next())
            return value.isFinite ? value : 0.5
        }
    }

    /// Without combining characters, since Foundation joins names that are canonically equivalent, and without U+FEFF, which its writer drops.
    mutating func string() -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "b", "Z", "0", " ", "\"", "\\", "/", "<", ">", "&", "\n", "\r", "\t", "\u{8}", "\u{c}", "\u{0}",
            "\u{1f}",
            "\u{7f}", "é", "ß", "\u{2028}", "\u{2029}", "\u{2027}", "€", "\u{fffd}", "😀", "\u{10ffff}",
        ]
        var text = ""
        for _ in 0..<(Int.random(in: 0...40, using: &generator) / Int.random(in: 1...8, using: &generator)) {
            let isPlain = Bool.random(using: &generator)
            text.unicodeScalars.append(isPlain ? "x" : alphabet.randomElement(using: &generator) ?? "y")
        }
        return text
    }
}
