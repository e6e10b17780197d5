import DaprText

/// A title's place in the order of titles: by its folded text, and where that is the same by the text itself, both by scalars.
///
/// Who sorts tasks goes on to the identifier. The order is the same everywhere and for everybody; it is no language's (`z` comes before `æ`).
package struct TitleKey: Hashable, Comparable, Sendable {
    // In UTF-8 the order of bytes is that of scalars.
    private let folded: ExactText
    private let title: ExactText

    package init(_ title: String) {
        folded = ExactText(TextFold.folded(title))
        self.title = ExactText(title)
    }

    package static func < (left: TitleKey, right: TitleKey) -> Bool {
        let order = order(left.folded, right.folded)
        return order == 0 ? self.order(left.title, right.title) < 0 : order < 0
    }

    /// Negative where the left text comes before the right, 0 where both are the same, and otherwise positive.
    private static func order(_ left: ExactText, _ right: ExactText) -> Int {
        let (left, right) = (left.text.utf8Span.span, right.text.utf8Span.span)
        for place in 0..<min(left.count, right.count) where left[place] != right[place] {
            return left[place] < right[place] ? -1 : 1
        }
        return left.count - right.count
    }
}
