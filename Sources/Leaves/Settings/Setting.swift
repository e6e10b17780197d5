/// One thing that can be set: by a flag, a variable of the environment or a key of the settings file.
///
///     static let port = Setting("app-port", default: 8080, range: 0...65535, help: "The port to listen on.")
///
/// The name is the flag's (`--app-port`) and the file's key (`"app-port"`); the variable is the table's prefix and the name in capitals
/// (`TASKS_APP_PORT`) unless one is given.
package struct Setting<Value: Sendable>: AnySetting {
    package let facts: SettingFacts
    private let kind: SettingKind<Value>
    private let defaultValue: Value?

    private init(
        name: String,
        kind: SettingKind<Value>,
        defaultValue: Value?,
        help: String,
        short: Character?,
        aliases: [String],
        environment: String?,
        isSecret: Bool,
        refusesEmpty: Bool = false
    ) {
        self.kind = kind
        self.defaultValue = defaultValue
        facts = SettingFacts(
            name: name,
            short: short,
            aliases: aliases,
            environment: environment,
            help: help,
            typeName: kind.typeName,
            defaultText: defaultValue.map(kind.text),
            isSecret: isSecret,
            isSwitch: kind.isSwitch,
            refusesEmpty: refusesEmpty
        )
    }

    /// Makes a setting of any kind with a default.
    package init(
        _ name: String,
        _ kind: SettingKind<Value>,
        default defaultValue: Value,
        help: String,
        short: Character? = nil,
        aliases: [String] = [],
        environment: String? = nil,
        isSecret: Bool = false
    ) {
        self.init(
            name: name,
            kind: kind,
            defaultValue: defaultValue,
            help: help,
            short: short,
            aliases: aliases,
            environment: environment,
            isSecret: isSecret
        )
    }

    /// Makes a setting that must be given.
    package init(
        required name: String,
        _ kind: SettingKind<Value>,
        help: String,
        short: Character? = nil,
        aliases: [String] = [],
        environment: String? = nil,
        isSecret: Bool = false
    ) {
        self.init(
            name: name,
            kind: kind,
            defaultValue: nil,
            help: help,
            short: short,
            aliases: aliases,
            environment: environment,
            isSecret: isSecret
        )
    }

    /// Makes a setting that is `nil` unless it is given.
    ///
    /// An empty variable counts as none, unless it is refused: where leaving it out opens a door, an empty one is a mistake.
    package init<Wrapped>(
        optional name: String,
        _ kind: SettingKind<Wrapped>,
        help: String,
        short: Character? = nil,
        aliases: [String] = [],
        environment: String? = nil,
        isSecret: Bool = false,
        refusesEmpty: Bool = false
    ) where Value == Wrapped? {
        self.init(
            name: name,
            kind: kind.optional(),
            defaultValue: .some(nil),
            help: help,
            short: short,
            aliases: aliases,
            environment: environment,
            isSecret: isSecret,
            refusesEmpty: refusesEmpty
        )
    }

    package var defaultEntry: SettingEntry? { defaultValue.map(entry) }

    package func entry(of input: SettingGiven) -> SettingEntry? { kind.read(input.input).map(entry) }

    /// The value an entry of this setting holds; `nil` for another type's entry.
    func value(in entry: SettingEntry) -> Value? { (entry.value as? Held)?.value }

    private func entry(_ value: Value) -> SettingEntry {
        SettingEntry(value: Held(value: value), text: facts.isSecret ? mask(value) : MaskedText.of(kind.text(value)))
    }

    private func mask(_ value: Value) -> String {
        let text = kind.text(value)
        return text.isEmpty || text == "none" ? "none" : "***"
    }

    /// Holds a value that may itself be an optional, which a cast would see through.
    private struct Held: Sendable {
        let value: Value
    }
}

/// A setting of any type, as a table holds it.
package protocol AnySetting: Sendable {
    /// What help, environment and file need to know of it.
    var facts: SettingFacts { get }
    /// The value when nothing is given; `nil` when something must be.
    var defaultEntry: SettingEntry? { get }
    /// The value of what was given; `nil` when it is none of this setting's kind.
    func entry(of input: SettingGiven) -> SettingEntry?
}

/// What help, environment and file need to know of a setting.
package struct SettingFacts: Sendable {
    let name: String
    let short: Character?
    let aliases: [String]
    let environment: String?
    let help: String
    let typeName: String
    let defaultText: String?
    let isSecret: Bool
    let isSwitch: Bool
    let refusesEmpty: Bool

    /// The name of its variable.
    func variable(prefix: String) -> String {
        environment ?? prefix + String(name.map { $0 == "-" || $0 == "." ? "_" : $0 }).uppercased()
    }
}

/// What was given for a setting, by whichever way.
package struct SettingGiven: Sendable {
    let input: SettingInput
}

/// A setting's value, and its text with secrets masked.
package struct SettingEntry: Sendable {
    let value: any Sendable
    let text: String
}
