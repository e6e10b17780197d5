import DaprJSON
import DaprText

/// Collects what flags, environment and file give for a table, and every fault on the way.
struct SettingsReader {
    private typealias Given = (input: SettingInput, origin: SettingOrigin)

    private let table: SettingsTable
    private var flags: [String: [String]] = [:]
    private var variables: [String: Given] = [:]
    private var keys: [String: Given] = [:]
    private var operand: String?
    private var remaining: [String] = []
    private var faults: [SettingFault] = []

    init(table: SettingsTable) { self.table = table }

    /// Takes the flags; gives the text to show when help or version is asked for.
    mutating func readArguments(_ arguments: [String]) -> String? {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--":
                takeRemaining(Array(rest))
                return nil
            case "--help", "-h": return rest.first == "all" ? table.wholeHelp : table.help
            case "--help=all": return table.wholeHelp
            case "--version": return table.version + "\n"
            case _ where argument.hasPrefix("--"): readFlag(argument, next: &rest)
            case _ where argument.hasPrefix("-") && argument != "-": readShortFlag(argument, next: &rest)
            case _ where table.operand != nil && operand == nil: operand = argument
            default: faults.append(.unexpectedArgument(argument))
            }
        }
        return nil
    }

    private mutating func takeRemaining(_ arguments: [String]) {
        remaining = arguments
        if table.remainder == nil, let first = arguments.first { faults.append(.unexpectedArgument(first)) }
    }

    private mutating func readFlag(_ argument: String, next rest: inout ArraySlice<String>) {
        let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? ""
        let value = parts.count == 2 ? String(parts[1]) : nil
        if let facts = facts(named: name) {
            take(value, for: facts, typedAs: "--\(name)", next: &rest)
        } else if name.hasPrefix("no-"), value == nil, let facts = facts(named: String(name.dropFirst(3))),
            facts.isSwitch
        {
            flags[facts.name, default: []].append("false")
        } else {
            let known = table.settings.map(\.facts).flatMap { facts in
                ([facts.name] + facts.aliases).flatMap { facts.isSwitch ? [$0, "no-\($0)"] : [$0] }
            }
            let nearest = NearestName.of(name, among: known + ["help", "version"]).map { "--\($0)" }
            faults.append(.unknown("--\(name)", origin: .flag, nearest: nearest))
            skipValue(of: value, next: &rest)
        }
    }

    private mutating func readShortFlag(_ argument: String, next rest: inout ArraySlice<String>) {
        let letter = argument.dropFirst().first
        guard let facts = table.settings.map(\.facts).first(where: { $0.short != nil && $0.short == letter }) else {
            faults.append(.unknown(argument, origin: .flag, nearest: nil))
            return skipValue(of: nil, next: &rest)
        }
        var value = argument.dropFirst(2)
        if value.first == "=" { value = value.dropFirst() }
        take(argument.count > 2 ? String(value) : nil, for: facts, typedAs: String(argument.prefix(2)), next: &rest)
    }

    private mutating func take(
        _ value: String?,
        for facts: SettingFacts,
        typedAs flag: String,
        next rest: inout ArraySlice<String>
    ) {
        if let value {
            flags[facts.name, default: []].append(value)
        } else if facts.isSwitch {
            flags[facts.name, default: []].append("true")
        } else if let next = rest.first, !next.hasPrefix("--") {
            flags[facts.name, default: []].append(next)
            rest.removeFirst()
        } else {
            faults.append(.missingValue(flag: flag, expected: facts.typeName))
        }
    }

    /// Passes over what is likely an unknown flag's value, so that one mistake is told once.
    private func skipValue(of value: String?, next rest: inout ArraySlice<String>) {
        if value == nil, let next = rest.first, !next.hasPrefix("-") { rest.removeFirst() }
    }

    private func facts(named name: String) -> SettingFacts? {
        table.settings.map(\.facts).first { $0.name == name || $0.aliases.contains(name) }
    }

    /// Takes the variables of the table, and refuses unknown ones that begin with its prefix.
    mutating func readEnvironment(_ environment: [String: String]) {
        for (setting, name) in zip(table.settings, table.variables) {
            guard let text = environment[name], !isServiceLink(name, text) else { continue }
            guard !text.isEmpty || setting.facts.refusesEmpty else { continue }
            variables[setting.facts.name] = (.texts([text]), .environment(name))
        }
        guard !table.environmentPrefix.isEmpty else { return }
        let known = Set(table.variables)
        let strangers = environment.filter { name, text in
            name.hasPrefix(table.environmentPrefix) && !known.contains(name) && !table.foreignVariables.contains(name)
                && !isServiceLink(name, text)
        }
        for name in strangers.keys.sorted() {
            let nearest = NearestName.of(name, among: table.variables)
            faults.append(.unknown(name, origin: .environment(name), nearest: nearest))
        }
    }

    /// Whether Kubernetes set the variable for a service that happens to be named like our prefix.
    ///
    /// A service `tasks` gives every container `TASKS_SERVICE_HOST`, `TASKS_SERVICE_PORT…`, `TASKS_PORT=tcp://…` and `TASKS_PORT_80_TCP…`:
    /// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
    private func isServiceLink(_ name: String, _ text: String) -> Bool {
        if name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") { return true }
        let isAddress = ["tcp://", "udp://", "sctp://"].contains { text.hasPrefix($0) }
        if isAddress, name.hasSuffix("_PORT") { return true }
        guard let match = name.firstRange(of: "_PORT_") else { return false }
        let protocolName = name[match.upperBound...].drop { $0.isASCII && $0.isNumber }
        return ["_TCP", "_UDP", "_SCTP"].contains { protocolName.hasPrefix($0) }
    }

    /// Takes the keys of the settings file, when one is named.
    mutating func readFile(_ readFile: (String) -> [UInt8]?) {
        let name = SettingsTable.configFile.facts.name
        let given = flags[name].map { .texts($0) } ?? variables[name]?.input
        guard let given, let entry = SettingsTable.configFile.entry(of: SettingGiven(input: given)) else { return }
        guard let path = SettingsTable.configFile.value(in: entry) ?? nil else { return }
        guard let bytes = readFile(path) else { return faults.append(.unreadableFile(path)) }
        do throws(JSONError) {
            guard let object = try JSONValue(parsing: bytes).objectValue else {
                return faults.append(.malformedFile(path, reason: "it holds another value"))
            }
            readObject(object, path: path)
        } catch {
            faults.append(.malformedFile(path, reason: "\(error)"))
        }
    }

    private mutating func readObject(_ object: JSONObject, path: String) {
        let known = table.settings.map(\.facts).filter { $0.name != SettingsTable.configFile.facts.name }
        for (key, value) in object.sorted(by: { $0.key < $1.key }) {
            if let facts = known.first(where: { $0.name == key }) {
                if let input = SettingInput(value) {
                    keys[key] = (input, .file(path))
                } else {
                    faults.append(
                        invalid(facts, text: String(decoding: value.serialized(), as: UTF8.self), origin: .file(path))
                    )
                }
            } else if !table.foreignKeys.contains(key) {
                let nearest = NearestName.of(key, among: known.map(\.name))
                faults.append(.unknown(key, origin: .file(path), nearest: nearest))
            }
        }
    }

    /// The values, each from the strongest place, when nothing was wrong anywhere.
    consuming func values() throws(SettingsError) -> SettingValues {
        var rows: [String: SettingValues.Row] = [:]
        for (setting, variable) in zip(table.settings, table.variables) {
            let facts = setting.facts
            let flag = flags[facts.name].map { Given(.texts($0), .flag) }
            var row = setting.defaultEntry.map { SettingValues.Row(entry: $0, origin: .builtIn) }
            let given = [keys[facts.name], variables[facts.name], flag].compactMap(\.self)
            for (input, origin) in given {
                if let entry = setting.entry(of: SettingGiven(input: input)) {
                    row = SettingValues.Row(entry: entry, origin: origin)
                } else {
                    faults.append(invalid(facts, text: input.shown, origin: origin))
                }
            }
            if row == nil, given.isEmpty {
                faults.append(.missing(flag: "--\(facts.name)", variable: variable, expected: facts.typeName))
            }
            rows[facts.name] = row
        }
        guard faults.isEmpty else { throw SettingsError(program: table.program, faults: faults) }
        return SettingValues(
            order: table.settings.map(\.facts.name),
            rows: rows,
            operand: operand,
            remaining: remaining
        )
    }

    private func invalid(_ facts: SettingFacts, text: String, origin: SettingOrigin) -> SettingFault {
        let name =
            switch origin {
            case .flag, .builtIn: "--\(facts.name)"
            case .environment(let variable): variable
            case .file: facts.name
            }
        return .invalid(
            name,
            value: facts.isSecret && !text.isEmpty ? "***" : MaskedText.of(text),
            expected: facts.typeName,
            origin: origin
        )
    }
}

extension SettingInput {
    /// What a key of the file holds; `nil` for what no setting is made of.
    fileprivate init?(_ value: JSONValue) {
        if let text = value.stringValue {
            self = .fileString(text)
        } else if let number = value.intValue {
            self = .fileInteger(number)
        } else if case .number(let number) = value {
            self = .fileNumber(number.doubleValue)
        } else if let flag = value.boolValue {
            self = .fileBool(flag)
        } else if let items = value.arrayValue {
            let texts = items.compactMap(\.stringValue)
            guard texts.count == items.count else { return nil }
            self = .fileList(texts)
        } else {
            return nil
        }
    }

    /// What was given, for a fault.
    fileprivate var shown: String {
        switch self {
        case .texts(let texts): texts.joined(separator: ",")
        case .fileString(let text): text
        case .fileInteger(let number): String(number)
        case .fileNumber(let number): String(number)
        case .fileBool(let flag): String(flag)
        case .fileList(let texts): texts.joined(separator: ",")
        }
    }
}
