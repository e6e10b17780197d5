import DaprText

/// A set of Unicode scalars.
struct RegexSet: Sendable {
    var ranges: [ClosedRange<UInt32>] = []
    var categories: [RegexCategory] = []
    var isNegated = false
    var ignoresCase = false

    /// Every scalar.
    static let all = Self(ranges: [0...0x10FFFF])
    static let digits = Self(ranges: [0x30...0x39])
    static let words = Self(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
    static let spaces = Self(ranges: [0x09...0x0A, 0x0C...0x0D, 0x20...0x20])

    init(ranges: [ClosedRange<UInt32>] = []) { self.ranges = ranges }

    init(_ scalar: Unicode.Scalar) { ranges = [scalar.value...scalar.value] }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        var isInside = has(scalar)
        if !isInside, ignoresCase {
            isInside =
                Self.folded(scalar.properties.lowercaseMapping, has)
                || Self.folded(scalar.properties.uppercaseMapping, has)
        }
        return isInside != isNegated
    }

    /// The scalars that are not in the set; only for sets that respect case.
    var complement: [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
            next = max(next, range.upperBound + 1)
        }
        if next <= 0x10FFFF { result.append(next...0x10FFFF) }
        return result
    }

    /// The set of a class in brackets, such as `alpha` in `[[:alpha:]]`.
    static func posix(_ name: String) -> Self? {
        switch name {
        case "alnum": Self(ranges: [0x30...0x39, 0x41...0x5A, 0x61...0x7A])
        case "alpha": Self(ranges: [0x41...0x5A, 0x61...0x7A])
        case "ascii": Self(ranges: [0...0x7F])
        case "blank": Self(ranges: [0x09...0x09, 0x20...0x20])
        case "cntrl": Self(ranges: [0...0x1F, 0x7F...0x7F])
        case "digit": digits
        case "graph": Self(ranges: [0x21...0x7E])
        case "lower": Self(ranges: [0x61...0x7A])
        case "print": Self(ranges: [0x20...0x7E])
        case "punct": Self(ranges: [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E])
        case "space": Self(ranges: [0x09...0x0D, 0x20...0x20])
        case "upper": Self(ranges: [0x41...0x5A])
        case "word": words
        case "xdigit": Self(ranges: [0x30...0x39, 0x41...0x46, 0x61...0x66])
        default: nil
        }
    }

    private func has(_ scalar: Unicode.Scalar) -> Bool {
        ranges.contains { $0.contains(scalar.value) } || categories.contains { $0.contains(scalar) }
    }

    private static func folded(_ mapping: String, _ has: (Unicode.Scalar) -> Bool) -> Bool {
        let scalars = mapping.unicodeScalars
        guard let first = scalars.first, scalars.count == 1 else { return false }
        return has(first)
    }
}

/// A general category of Unicode, such as `Lu`, or a group of them, such as `L`.
struct RegexCategory: Sendable {
    private let categories: Set<Unicode.GeneralCategory>
    private let isNegated: Bool

    init?(_ name: String, isNegated: Bool) {
        let chosen = Self.names.filter {
            $0.name.hasSameBytes(as: name) || (name.utf8.count == 1 && $0.name.hasBytePrefix(name))
        }
        guard !chosen.isEmpty else { return nil }
        categories = Set(chosen.map(\.category))
        self.isNegated = isNegated
    }

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        categories.contains(scalar.properties.generalCategory) != isNegated
    }

    private static let names: [(name: String, category: Unicode.GeneralCategory)] = [
        ("Lu", .uppercaseLetter), ("Ll", .lowercaseLetter), ("Lt", .titlecaseLetter), ("Lm", .modifierLetter),
        ("Lo", .otherLetter), ("Mn", .nonspacingMark), ("Mc", .spacingMark), ("Me", .enclosingMark),
        ("Nd", .decimalNumber), ("Nl", .letterNumber), ("No", .otherNumber), ("Pc", .connectorPunctuation),
        ("Pd", .dashPunctuation), ("Ps", .openPunctuation), ("Pe", .closePunctuation), ("Pi", .initialPunctuation),
        ("Pf", .finalPunctuation), ("Po", .otherPunctuation), ("Sm", .mathSymbol), ("Sc", .currencySymbol),
        ("Sk", .modifierSymbol), ("So", .otherSymbol), ("Zs", .spaceSeparator), ("Zl", .lineSeparator),
        ("Zp", .paragraphSeparator), ("Cc", .control), ("Cf", .format), ("Cs", .surrogate), ("Co", .privateUse),
    ]
}
