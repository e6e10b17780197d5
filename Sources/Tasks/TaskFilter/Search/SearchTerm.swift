/// One thing that is looked for: words side by side, of which the last may be the beginning of one.
struct SearchTerm: Hashable, Sendable {
    /// How well a text has it.
    enum Match: Int, Comparable, Sendable {
        case none
        /// The last word only begins with it.
        case prefix
        case whole

        static func < (left: Match, right: Match) -> Bool { left.rawValue < right.rawValue }
    }

    /// A space, words with a space between, and behind a closed phrase another.
    private let needle: Needle
    /// Whether the last word must be there whole.
    let isPhrase: Bool

    /// Creates one of a part of a query; `nil` when it has no word.
    init?(_ text: String, isPhrase: Bool) {
        var scalars: [UInt32] = []
        TextWords.forEach(in: text) { scalar in
            scalars.append(scalar)
            return true
        }
        // The space at the end is there also without a word.
        guard scalars.count > 1 else { return nil }
        if !isPhrase { scalars.removeLast() }
        needle = Needle(scalars)
        self.isPhrase = isPhrase
    }

    /// How well a text has it at its best place.
    func match(in text: String) -> Match {
        var best = Match.none
        var length = 0
        TextWords.forEach(in: text) { scalar in
            if length == needle.scalars.count, scalar == TextWords.space {
                best = .whole
                return false
            }
            length = needle.length(after: length, then: scalar)
            if length == needle.scalars.count { best = isPhrase ? .whole : .prefix }
            return best < .whole
        }
        return best
    }

    /// The words, folded: in quotes for a phrase, and otherwise joined so that they are one term again.
    var text: String {
        var view = String.UnicodeScalarView()
        let words = isPhrase ? needle.scalars.dropFirst().dropLast() : needle.scalars.dropFirst()
        for scalar in words {
            if scalar == TextWords.space {
                view.append(isPhrase ? " " : "-")
            } else if let scalar = Unicode.Scalar(scalar) {
                view.append(scalar)
            }
        }
        return isPhrase ? "\"\(String(view))\"" : String(view)
    }
}
