/// The values of a table's settings, each from the strongest place that gave one.
package struct SettingValues: Sendable {
    /// What stood among the settings without a name; `nil` when nothing did.
    package let operand: String?
    /// What stood behind `--`, untouched.
    package let remaining: [String]

    private let rows: [String: Row]
    private let order: [String]

    struct Row: Sendable {
        let entry: SettingEntry
        let origin: SettingOrigin
    }

    init(order: [String], rows: [String: Row], operand: String? = nil, remaining: [String]) {
        self.order = order
        self.rows = rows
        self.operand = operand
        self.remaining = remaining
    }

    /// The value of a setting, which must be one of the table's.
    package subscript<Value>(_ setting: Setting<Value>) -> Value {
        guard let row = rows[setting.facts.name], let value = setting.value(in: row.entry) else {
            preconditionFailure("The setting \(setting.facts.name) is not in the table that was parsed.")
        }
        return value
    }

    /// Where a setting's value came from.
    package func origin<Value>(of setting: Setting<Value>) -> SettingOrigin {
        rows[setting.facts.name]?.origin ?? .builtIn
    }

    /// Every setting with its value and where that came from, in the table's order, secrets as `***`.
    package func shown() -> [(name: String, value: String, origin: String)] {
        order.compactMap { name in rows[name].map { (name, $0.entry.text, $0.origin.text) } }
    }
}
