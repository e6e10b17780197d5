/// Text for people in a terminal of 100 columns.
struct HelpText {
    static let columns = 100

    private(set) var text = ""

    /// Adds an empty line.
    mutating func addEmptyLine() { text += "\n" }

    /// Adds a paragraph, its lines broken between words and indented; the first line by less, when that is given.
    mutating func add(_ paragraph: String, indent: Int = 0, firstIndent: Int? = nil) {
        var line = String(repeating: " ", count: firstIndent ?? indent)
        var isEmpty = true
        for word in paragraph.split(whereSeparator: \.isWhitespace) {
            if !isEmpty, line.count + 1 + word.count > Self.columns {
                text += line + "\n"
                line = String(repeating: " ", count: indent)
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        text += line + "\n"
    }

    /// Adds names with what they mean, in two columns.
    mutating func add(rows: [(name: String, meaning: String)]) {
        let width = (rows.map(\.name.count).max() ?? 0) + 4
        for row in rows {
            let name = "  " + row.name + String(repeating: " ", count: width - row.name.count - 2)
            // The name takes the place of the first line's indent.
            var meaning = HelpText()
            meaning.add(row.meaning, indent: width)
            text += name + meaning.text.dropFirst(width)
        }
    }
}

extension SettingsTable {
    /// What `--help` shows: the settings that people need first with name, type, meaning, variable and default.
    package var help: String { help { common?.contains($0) ?? true || $0 == Self.configFile.facts.name } }

    /// What `--help all` shows: every setting.
    package var wholeHelp: String { help { _ in true } }

    private func help(showing isShown: (String) -> Bool) -> String {
        var help = HelpText()
        let usage = "Usage: \(program) [settings]" + (operand.map { " \($0)" } ?? "")
        help.add(usage + (remainder.map { " [-- \($0)]" } ?? ""), indent: 4, firstIndent: 0)
        help.addEmptyLine()
        help.add(summary)
        help.addEmptyLine()
        help.add(
            "Settings. A flag wins over the variable of the environment, that over the key in the file that --config-file "
                + "names (there without the dashes), that over the default."
        )
        for (setting, variable) in zip(settings, variables) where isShown(setting.facts.name) {
            help.addEmptyLine()
            help.add(setting.facts.usage, indent: 8, firstIndent: 2)
            help.add(setting.facts.help, indent: 6)
            help.add(setting.facts.origins(variable: variable), indent: 6)
        }
        help.addEmptyLine()
        let left = settings.count { !isShown($0.facts.name) }
        help.add(common == nil ? "-h, --help" : "-h, --help [all]", indent: 2)
        help.add(left == 0 ? "Show this text." : "Show this text; with all, the \(left) other settings too.", indent: 6)
        help.addEmptyLine()
        help.add("--version", indent: 2)
        help.add("Show the version.", indent: 6)
        return help.text
    }
}

extension SettingFacts {
    /// `-p, --app-port <integer up to 65535>`.
    fileprivate var usage: String {
        let names = (short.map { ["-\($0)"] } ?? []) + ["--\(name)"] + aliases.map { "--\($0)" }
        let all = names.joined(separator: ", ")
        return isSwitch ? "\(all)[=true|false], --no-\(name)" : "\(all) <\(typeName)>"
    }

    fileprivate func origins(variable: String) -> String {
        let ending =
            switch defaultText {
            case nil: "Must be given."
            case "none", "": "No default."
            case let text?: "Default: \(isSecret ? "***" : text)."
            }
        return "Environment: \(variable). \(ending)" + (isSecret ? " Secret: never shown." : "")
    }
}
