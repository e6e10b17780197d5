import DaprText

/// One command of a program: `serve` in `task-server serve`, or of two words, `deadletter list`.
package struct Command<Name: RawRepresentable<String> & Sendable>: Sendable {
    let name: Name
    let summary: String
    let settings: [any AnySetting]
    let common: [any AnySetting]?
    let operand: String?
    let remainder: String?

    /// Makes a command.
    ///
    /// - Parameters:
    ///   - name: The word that is typed, or the two.
    ///   - summary: What it does, for help.
    ///   - settings: Its settings, in the order help shows them.
    ///   - common: Those of them that people need first, which `--help` shows; `--help all` shows the others too. `nil` for all.
    ///   - operand: What may stand once among the settings without a name, as help shows it; `nil` when nothing may.
    ///   - remainder: What may stand behind `--`, as help shows it; `nil` when nothing may.
    package init(
        _ name: Name,
        summary: String,
        settings: [any AnySetting],
        common: [any AnySetting]? = nil,
        operand: String? = nil,
        remainder: String? = nil
    ) {
        self.name = name
        self.summary = summary
        self.settings = settings
        self.common = common
        self.operand = operand
        self.remainder = remainder
    }
}

/// The commands of a program, each with its own settings.
///
/// Variables and file keys of one command are no faults in another: one environment and one file serve them all.
package struct CommandTable<Name: RawRepresentable<String> & Sendable>: Sendable {
    private let program: String
    private let version: String
    private let summary: String
    private let commands: [(name: Name, summary: String, table: SettingsTable)]

    /// Makes a table of commands, in the order help shows them.
    package init(
        program: String,
        version: String,
        summary: String,
        environmentPrefix: String,
        commands: [Command<Name>]
    ) {
        self.program = program
        self.version = version
        self.summary = summary
        let tables = commands.map { command in
            SettingsTable(
                program: "\(program) \(command.name.rawValue)",
                version: version,
                summary: command.summary,
                environmentPrefix: environmentPrefix,
                settings: command.settings,
                remainder: command.remainder
            )
        }
        let variables = Set(tables.flatMap(\.variables))
        let keys = Set(tables.flatMap { $0.settings.map(\.facts.name) })
        self.commands = zip(commands, tables).map { command, table in
            var table = table
            table.foreignVariables = variables
            table.foreignKeys = keys
            table.operand = command.operand
            table.common = command.common.map { Set($0.map(\.facts.name)) }
            let strangers = table.common?.subtracting(table.settings.map(\.facts.name)) ?? []
            precondition(strangers.isEmpty, "\(table.program) does not take what is common in it: \(strangers)")
            return (command.name, command.summary, table)
        }
    }

    /// Reads a command line.
    ///
    /// - Parameters:
    ///   - arguments: The command and its arguments, without the program's own name.
    ///   - environment: All variables.
    ///   - readFile: Gives the bytes of a file, `nil` when it cannot be read.
    /// - Returns: The command with its values, or the text to show for `--help`, `--version` and `help`.
    /// - Throws: All faults at once.
    package func parse(
        arguments: [String],
        environment: [String: String],
        readFile: (String) -> [UInt8]?
    ) throws(SettingsError) -> CommandRequest<Name> {
        let names = commands.map(\.name.rawValue)
        guard let word = arguments.first else {
            throw SettingsError(program: program, faults: [.missingCommand(names)])
        }
        switch word {
        case "--version": return .show(version + "\n")
        case "--help", "-h": return .show(help)
        case "help" where arguments.count == 1: return .show(help)
        case "help":
            let isWhole = arguments.count > 2 && arguments.last == "all"
            let words = isWhole ? arguments.dropLast() : arguments
            let twoWords = twoWords(words.dropFirst())
            // The first word alone names several commands, which the program's own help lists, unless it is one of them.
            if words.count == 2, twoWords != nil, !names.contains(words[1]) { return .show(help) }
            let table = try command(named: twoWords ?? words[1]).table
            return .show(isWhole ? table.wholeHelp : table.help)
        default: break
        }
        if word.hasPrefix("-") { throw SettingsError(program: program, faults: [.missingCommand(names)]) }
        // A word may be a command, and begin those of two words as well.
        let twoWords = twoWords(arguments[...]).flatMap { $0 == word && names.contains(word) ? nil : $0 }
        if twoWords == word, arguments.dropFirst().contains(where: { $0 == "--help" || $0 == "-h" }) {
            return .show(help)
        }
        let command = try command(named: twoWords ?? word)
        let request = try command.table.parse(
            arguments: Array(arguments.dropFirst(twoWords == nil ? 1 : 2)),
            environment: environment,
            readFile: readFile
        )
        switch request {
        case .run(let values): return .run(command.name, values)
        case .show(let text): return .show(text)
        }
    }

    /// The command that the first two words name, or must be meant to, since a command of two words begins with the first.
    private func twoWords(_ words: ArraySlice<String>) -> String? {
        guard let first = words.first, commands.contains(where: { $0.name.rawValue.hasPrefix(first + " ") }) else {
            return nil
        }
        guard let second = words.dropFirst().first, !second.hasPrefix("-") else { return first }
        return "\(first) \(second)"
    }

    private func command(
        named word: String
    ) throws(SettingsError) -> (name: Name, summary: String, table: SettingsTable) {
        if let command = commands.first(where: { $0.name.rawValue == word }) { return command }
        let nearest = NearestName.of(word, among: commands.map(\.name.rawValue) + ["help"])
        throw SettingsError(program: program, faults: [.unknownCommand(word, nearest: nearest)])
    }

    /// What `--help` shows without a command.
    package var help: String {
        var help = HelpText()
        help.add("Usage: \(program) <command> [settings]", indent: 4, firstIndent: 0)
        help.addEmptyLine()
        help.add(summary)
        help.addEmptyLine()
        help.add("Commands:")
        help.addEmptyLine()
        help.add(rows: commands.map { ($0.name.rawValue, $0.summary) })
        help.addEmptyLine()
        help.add("\(program) <command> --help shows a command's settings, \(program) --version the version.")
        if commands.contains(where: { $0.table.common != nil }) {
            help.add("\(program) <command> --help all also shows the settings that are seldom needed.")
        }
        return help.text
    }
}

/// What a command line asks for.
package enum CommandRequest<Name: Sendable>: Sendable {
    /// To run a command with these values.
    case run(Name, SettingValues)
    /// To print this text to standard output and end with success.
    case show(String)
}
