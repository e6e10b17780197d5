import DaprText

/// What each of Unicode's scalars is folded to, but for ASCII.
///
/// The table is ours and of one version of Unicode, because the order of titles must not change when the toolchain does. The standard library
/// has no public way to decompose a text (`_nfd` is not promised to anybody), and its mappings of case make a string for each scalar.
struct FoldTable: Sendable {
    static let shared = FoldTable(parsing: data)

    /// The scalars of a block: few blocks hold any that are folded.
    private static let blockBits: UInt32 = 7
    private static let unchanged: UInt32 = 0
    private static let dropped: UInt32 = .max
    /// Marks the place of several scalars in ``sequences``, behind their number.
    private static let several: UInt32 = 1 << 31

    /// For each block of scalars the place of its values, in blocks; the first of these has only ``unchanged``.
    private var blocks: [UInt16] = []
    private var values = [UInt32](repeating: FoldTable.unchanged, count: 1 << Int(FoldTable.blockBits))
    private var sequences: [UInt32] = []

    /// Reads the form that ``data`` is in.
    private init(parsing text: String) {
        for line in text.splitBytes(separator: "\n") {
            for item in line.splitBytes(separator: " ") {
                if item.containsByte(":") { addList(item) } else { addRange(item) }
            }
        }
    }

    private mutating func addList(_ item: Substring) {
        let parts = item.splitBytes(separator: ":")
        var scalar = Self.hexadecimal(parts[0])
        for outcome in parts[1].splitBytes(separator: ",") {
            let scalars = outcome.containsByte("-") ? [] : outcome.splitBytes(separator: ".").map(Self.hexadecimal)
            set(scalar, to: scalars)
            scalar += 1
        }
    }

    private mutating func addRange(_ item: Substring) {
        let ends = item.splitBytes(separator: ".")
        let isBackwards = ends[1].containsByte("-")
        let parts = ends[1].splitBytes(separator: isBackwards ? "-" : "+")
        let last = parts[0].splitBytes(separator: "/")
        let step: UInt32 = last.count == 2 ? 2 : 1
        for scalar in stride(from: Self.hexadecimal(ends[0]), through: Self.hexadecimal(last[0]), by: Int(step)) {
            guard parts.count == 2 else {
                set(scalar, to: [])
                continue
            }
            let difference = Self.hexadecimal(parts[1])
            set(scalar, to: [isBackwards ? scalar - difference : scalar + difference])
        }
    }

    private mutating func set(_ scalar: UInt32, to scalars: [UInt32]) {
        let block = Int(scalar >> Self.blockBits)
        while blocks.count <= block { blocks.append(0) }
        if blocks[block] == 0 {
            blocks[block] = UInt16(values.count >> Int(Self.blockBits))
            values.append(contentsOf: repeatElement(Self.unchanged, count: 1 << Int(Self.blockBits)))
        }
        let value: UInt32
        switch scalars.count {
        case 0: value = Self.dropped
        case 1: value = scalars[0]
        default:
            value = Self.several | UInt32(sequences.count)
            sequences.append(UInt32(scalars.count))
            sequences.append(contentsOf: scalars)
        }
        values[place(of: scalar, in: block)] = value
    }

    private static func hexadecimal(_ text: Substring) -> UInt32 {
        guard let value = UInt32(text, radix: 16) else { preconditionFailure("the table of folds has \(text)") }
        return value
    }

    private func place(of scalar: UInt32, in block: Int) -> Int {
        Int(blocks[block]) << Int(Self.blockBits) | Int(scalar & (1 << Self.blockBits - 1))
    }

    /// Gives what a scalar is folded to, one after another, until the receiver has enough.
    ///
    /// - Parameters:
    ///   - scalar: One beyond ASCII.
    ///   - body: Takes a scalar, and says whether it wants more.
    /// - Returns: Whether it wants more.
    @inline(__always)
    func forEach(of scalar: UInt32, _ body: (UInt32) -> Bool) -> Bool {
        if Hangul.syllables.contains(scalar) { return Hangul.forEach(of: scalar, body) }
        let block = Int(scalar >> Self.blockBits)
        guard block < blocks.count else { return body(scalar) }
        let value = values[place(of: scalar, in: block)]
        if value == Self.unchanged { return body(scalar) }
        if value == Self.dropped { return true }
        if value & Self.several == 0 { return body(value) }
        let head = Int(value & ~Self.several)
        for place in head + 1...head + Int(sequences[head]) {
            guard body(sequences[place]) else { return false }
        }
        return true
    }
}

/// The syllables of Korean, which are decomposed by arithmetic (Unicode Standard, section 3.12).
private enum Hangul {
    static let syllables: ClosedRange<UInt32> = 0xAC00...0xD7A3

    @inline(__always)
    static func forEach(of syllable: UInt32, _ body: (UInt32) -> Bool) -> Bool {
        let index = syllable - syllables.lowerBound
        let (lead, vowel, trail) = (index / 588, index % 588 / 28, index % 28)
        guard body(0x1100 + lead), body(0x1161 + vowel) else { return false }
        return trail == 0 || body(0x11A7 + trail)
    }
}
