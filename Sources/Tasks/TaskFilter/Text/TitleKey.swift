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
        left.folded == right.folded ? left.title < right.title : left.folded < right.folded
    }
}
