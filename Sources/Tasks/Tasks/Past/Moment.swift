/// A moment in the life of a book, as of which it is looked at.
package enum Moment: Hashable, Sendable {
    /// After the change with this sequence; 0 is before the first.
    case sequence(Int)
    /// After the last change at or before this time.
    case time(Timestamp)
}

extension FieldFault {
    /// The name that doors give a moment.
    package static let momentField = "as_of"

    /// The moment is after the last change, which is the one with the sequence `head`.
    package static func afterTheEnd(_ head: Int) -> FieldFault {
        FieldFault(momentField, .outOfRange, "The last change is \(head); give a number from 0 to that.")
    }
}
