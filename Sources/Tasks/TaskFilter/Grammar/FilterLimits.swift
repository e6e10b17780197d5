/// How much a filter may ask for, so that reading it and looking at a task stay cheap whoever wrote it.
package enum FilterLimits {
    /// The most Unicode scalars of a filter.
    package static let length = 1000
    /// The most `not` and parentheses around a term.
    package static let depth = 32
    /// The most comparisons; each value in the list of an `in` is one.
    package static let terms = 100
    /// The most searches in texts (`~`), each of which reads all of a text.
    package static let searches = 10
}
