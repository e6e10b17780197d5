import DaprText
import Synchronization

/// Bounds a label whose values come from outside: beyond a number of values, and for long ones, it is `other`.
///
/// A metric bounds its series as well, but only far above what a dashboard can show, and each series has a histogram of
/// its own.
final class BoundedLabel: Sendable {
    /// The most values that are kept apart.
    static let limit = 200
    /// The most bytes of a value.
    static let longest = 200

    private let values = Mutex<Set<ExactText>>([])

    /// The value, or `other` when a limit is exceeded.
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
