package import DaprCalendar
internal import DaprText

/// A time zone in which days are counted, such as `Europe/Berlin`.
package struct TaskZone: Hashable, Sendable {
    /// The name by which it was asked for.
    package let name: String
    package let rules: TimeZoneRules

    package static let utc = TaskZone(name: "UTC", rules: .utc)

    /// Creates a zone from the rules that hold under its name.
    package init(name: String, rules: TimeZoneRules) {
        self.name = name
        self.rules = rules
    }

    package static func == (left: TaskZone, right: TaskZone) -> Bool { left.name.hasSameBytes(as: right.name) }

    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
