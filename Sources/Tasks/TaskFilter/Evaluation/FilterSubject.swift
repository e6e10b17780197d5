/// What a filter and a search look at: a task, whatever type holds it.
package protocol FilterSubject {
    /// The place of the status in ``FilterField/words``.
    var statusIndex: Int { get }
    /// The place of the priority in ``FilterField/words``.
    var priorityIndex: Int { get }
    var titleText: String { get }
    var descriptionText: String? { get }
    var tagTexts: [String] { get }
    var due: FilterDue { get }
    /// Milliseconds since 1970.
    var createdMilliseconds: Int64 { get }
    /// Milliseconds since 1970.
    var updatedMilliseconds: Int64 { get }
    var version: Int { get }
}

/// When a task is due.
package enum FilterDue: Hashable, Sendable {
    case none
    /// At a moment, in milliseconds since 1970.
    case time(Int64)
    /// By the end of a day, from 1970-01-01, wherever the asker is.
    case day(Int)
}
