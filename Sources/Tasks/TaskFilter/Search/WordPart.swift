/// What a folded scalar is for the words of a text.
enum WordPart: Sendable {
    /// Part of a word: a letter, a digit, a mark that folding leaves.
    case letter
    /// A word of its own: a sign such as an emoji, and a letter of a script that puts no space between words.
    case alone
    /// Nothing to be seen, inside a word or between two: a joiner, a variation selector, the colour of a hand.
    case nothing
    /// What stands between words: blanks, punctuation, signs of calculation.
    case gap

    /// Whether it can stand in a word.
    var isInWord: Bool { self == .letter || self == .alone }

    @inline(__always)
    init(of scalar: Unicode.Scalar) {
        // Most texts are of these alone, and asking for properties takes ten times as long.
        switch scalar.value {
        case 0x61...0x7A, 0x41...0x5A, 0x30...0x39: self = .letter
        case ..<0x80: self = .gap
        // Latin, Greek, Cyrillic, Hebrew, Arabic, Korean.
        case 0xF8...0x24F, 0x3B1...0x3C9, 0x430...0x481, 0x5D0...0x5EA, 0x620...0x64A, 0x1100...0x11FF: self = .letter
        // Japanese and Chinese.
        case 0x3041...0x3096, 0x30A1...0x30FA, 0x4E00...0x9FFC: self = .alone
        default: self.init(byPropertiesOf: scalar)
        }
    }

    /// What it is by Unicode's properties, which the ranges of the other initialiser only spare.
    init(byPropertiesOf scalar: Unicode.Scalar) {
        let properties = scalar.properties
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber, .spacingMark:
            self = Self.hasNoSpaces(scalar) ? .alone : .letter
        case .nonspacingMark, .enclosingMark:
            self = properties.isVariationSelector ? .nothing : Self.hasNoSpaces(scalar) ? .alone : .letter
        case .otherSymbol: self = .alone
        case .format: self = .nothing
        case .modifierSymbol: self = properties.isEmojiModifier ? .nothing : .gap
        default: self = .gap
        }
    }

    /// Whether a letter is of Thai, Lao, Burmese, Khmer, Chinese or Japanese.
    private static func hasNoSpaces(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x30FF, 0x31F0...0x31FF: true
        default: scalar.properties.isIdeographic
        }
    }
}

/// The words of texts, folded.
enum TextWords {
    /// What stands before each word, and at the end.
    static let space: UInt32 = 0x20

    /// Gives the scalars of a text's words one after another, with one space before each word and one at the end, until the receiver has enough.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - body: Takes a scalar, and says whether it wants more.
    @inline(__always)
    static func forEach(in text: String, _ body: (UInt32) -> Bool) {
        var isInWord = false
        let wantsMore = TextFold.forEach(in: text) { value in
            guard let scalar = Unicode.Scalar(value) else { return true }
            switch WordPart(of: scalar) {
            case .gap: isInWord = false
            case .nothing: break
            case .letter:
                if !isInWord, !body(space) { return false }
                isInWord = true
                return body(value)
            case .alone:
                isInWord = false
                return body(space) && body(value)
            }
            return true
        }
        if wantsMore { _ = body(space) }
    }
}
