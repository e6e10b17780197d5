/// Random numbers that are the same for the same seed (SplitMix64), and what fuzzers make of them.
package struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    /// Creates the numbers of a seed.
    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    /// A number from 0 to below a limit, which is at least 1.
    package mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }

    /// Whether it is the one time in so many.
    package mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }

    /// One of several things, of which there is at least one.
    package mutating func pick<Thing>(_ things: [Thing]) -> Thing { things[below(things.count)] }
}

extension SeededRandom {
    /// A text changed in a few places, by single bytes, by pieces of itself and by words of its language.
    ///
    /// What is no UTF-8 any more is repaired.
    package mutating func changed(_ text: String, words: [String]) -> String {
        String(decoding: changed(Array(text.utf8), words: words), as: UTF8.self)
    }

    /// Bytes changed in a few places, by single bytes, by pieces of themselves and by words of their language.
    package mutating func changed(_ original: [UInt8], words: [String]) -> [UInt8] {
        var bytes = original
        for _ in 0...below(4) {
            let place = below(bytes.count + 1)
            switch below(9) {
            case 0: bytes.insert(UInt8.random(in: .min ... .max, using: &self), at: place)
            case 1: bytes.insert(contentsOf: Array(pick(words).utf8), at: place)
            case 2: bytes.replaceSubrange(piece(of: bytes), with: Array(pick(words).utf8))
            case 3: bytes.removeSubrange(piece(of: bytes))
            case 4: bytes.insert(contentsOf: Array(bytes[piece(of: bytes)]), at: place)
            case 5 where oneIn(4):
                // Deep nesting and long runs are made of repetition.
                let part = Array(bytes[piece(of: bytes)].prefix(6))
                bytes.insert(contentsOf: (0..<(1 << below(11))).flatMap { _ in part }, at: place)
            case 6 where oneIn(4): bytes.removeSubrange(place...)
            default:
                if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &self) }
            }
        }
        return bytes
    }

    /// A short stretch somewhere; empty only in what is empty.
    private mutating func piece(of bytes: [UInt8]) -> Range<Int> {
        guard !bytes.isEmpty else { return 0..<0 }
        let begin = below(bytes.count)
        return begin..<min(bytes.count, begin + 1 + below(1 << below(7)))
    }
}
