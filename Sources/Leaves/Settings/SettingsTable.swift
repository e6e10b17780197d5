/// The settings of a program or one of its commands: one table makes flags, variables, file keys and help.
///
/// What is given is taken in this order: flag, variable of the environment, key of the file that `--config-file` names, default.
/// A variable that is set to nothing counts as not set.
package struct SettingsTable: Sendable {
    let program: String
    let version: String
    let summary: String
    let environmentPrefix: String
    let settings: [any AnySetting]
    let remainder: String?
    /// Names that belong to other commands of the same program: not refused, and not read.
    var foreignVariables: Set<String> = []
    var foreignKeys: Set<String> = []
    /// What may stand once among the settings without a name.
    var operand: String?
    /// The names of those that `--help` shows; `nil` for all.
    var common: Set<String>?

    /// The file of settings, which every table has.
    package static let configFile = Setting(
        optional: "config-file",
        .nonEmptyString,
        help: "A JSON file with settings: one object, its keys the flags' names without the dashes."
    )

    /// Makes a table.
    ///
    /// - Parameters:
    ///   - program: What is typed to start it: `task-server serve`.
    ///   - version: What `--version` shows.
    ///   - summary: What it does, for help.
    ///   - environmentPrefix: Begins the names of variables, `TASKS_`; an unknown variable that begins so is refused. Empty: none is.
    ///   - settings: The settings, in the order help shows them; names and short names must differ.
    ///   - remainder: What may stand behind `--`, as help shows it (`command arguments…`); `nil` when nothing may.
    package init(
        program: String,
        version: String,
        summary: String,
        environmentPrefix: String,
        settings: [any AnySetting],
        remainder: String? = nil
    ) {
        self.program = program
        self.version = version
        self.summary = summary
        self.environmentPrefix = environmentPrefix
        self.settings = settings + [Self.configFile]
        self.remainder = remainder
        let facts = self.settings.map(\.facts)
        let names = facts.flatMap { [$0.name] + $0.aliases } + ["help", "version"]
        precondition(Set(names).count == names.count, "Two settings of \(program) have the same name.")
        let shorts = facts.compactMap(\.short) + ["h"]
        precondition(Set(shorts).count == shorts.count, "Two settings of \(program) have the same short name.")
        let variables = variables
        precondition(Set(variables).count == variables.count, "Two settings of \(program) have the same variable.")
    }

    /// The names of the table's variables, in order.
    var variables: [String] { settings.map { $0.facts.variable(prefix: environmentPrefix) } }

    /// Reads what was given.
    ///
    /// - Parameters:
    ///   - arguments: Those of the command line, without the program's and the command's name.
    ///   - environment: All variables.
    ///   - readFile: Gives the bytes of a file, `nil` when it cannot be read.
    /// - Returns: The values, or the text to show for `--help` and `--version`.
    /// - Throws: All faults at once.
    package func parse(
        arguments: [String],
        environment: [String: String],
        readFile: (String) -> [UInt8]?
    ) throws(SettingsError) -> SettingsRequest {
        var reader = SettingsReader(table: self)
        if let text = reader.readArguments(arguments) { return .show(text) }
        reader.readEnvironment(environment)
        reader.readFile(readFile)
        return .run(try reader.values())
    }
}

/// What a command line asks for.
package enum SettingsRequest: Sendable {
    /// To go on with these values.
    case run(SettingValues)
    /// To print this text to standard output and end with success: `--help` and `--version`.
    case show(String)
}
