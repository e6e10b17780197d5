import DaprText
import TaskFilter

/// The order of titles: without regard to case and accents by scalar, then by the exact scalars (see ``TitleKey``).
enum TitleOrder {
    /// Whether a title comes before another, after it, or is the same.
    static func compare(_ left: String, _ right: String) -> TaskOrder.Relation {
        let (one, other) = (left.utf8Span.span, right.utf8Span.span)
        // Most titles differ in a letter of ASCII, before which neither has any other: then nothing must be folded.
        for place in 0..<min(one.count, other.count) {
            let (first, second) = (one[place], other[place])
            guard first < 0x80, second < 0x80 else { break }
            let (small, otherSmall) = (lowercased(first), lowercased(second))
            if small != otherSmall { return small < otherSmall ? .before : .after }
        }
        return whole(left, right)
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

    private static func whole(_ left: String, _ right: String) -> TaskOrder.Relation {
        if left.hasSameBytes(as: right) { return .same }
        return TitleKey(left) < TitleKey(right) ? .before : .after
    }
}
