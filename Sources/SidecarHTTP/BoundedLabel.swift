import DaprText
import Synchronization

/// Keeps a label small whose values come from outside: after so many, and when one is long, the rest is counted as `other`.
///
/// A metric bounds its series as well, but only far above what a dashboard can show, and each has a histogram of its own.
final class BoundedLabel: Sendable {
    /// How many values are told apart.
    static let limit = 200
    /// How many bytes a value may have.
    static let longest = 200

    private let values = Mutex<Set<ExactText>>([])

    /// The value, or what it is counted under.
    func label(_ value: String) -> String {
        if value.utf8.count > Self.longest { return Self.other }
        return values.withLock { values in
            if values.contains(value) { return value }
            guard values.count < Self.limit else { return Self.other }
            values.insert(ExactText(value))
            return value
        }
    }

    private static let other = "other"
}
