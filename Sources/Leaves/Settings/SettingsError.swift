/// Everything that was wrong with the settings given, all at once.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
    /// The program, with its command, that refused them.
    package let program: String
    /// What was wrong, in the order found; never empty.
    package let faults: [SettingFault]

    /// One line a fault, and where to read more.
    package var description: String {
        let lines = faults.map { "\(program): \($0)" }
        return (lines + ["\(program) --help shows what can be set."]).joined(separator: "\n")
    }
}

/// One thing wrong with the settings given.
package enum SettingFault: Hashable, Sendable {
    /// No such flag, variable or key; with the name that may have been meant.
    case unknown(String, origin: SettingOrigin, nearest: String?)
    /// No such command; with the one that may have been meant.
    case unknownCommand(String, nearest: String?)
    /// No command was given; with those there are.
    case missingCommand([String])
    /// An argument that belongs to no flag.
    case unexpectedArgument(String)
    /// A flag stands without its value.
    case missingValue(flag: String, expected: String)
    /// A setting that must be given was not.
    case missing(flag: String, variable: String, expected: String)
    /// The value is not of the setting's type or range; a secret's value is masked.
    case invalid(String, value: String, expected: String, origin: SettingOrigin)
    /// The settings file cannot be read.
    case unreadableFile(String)
    /// The settings file is no JSON object.
    case malformedFile(String, reason: String)
}

extension SettingFault: CustomStringConvertible {
    /// What is wrong and what to do.
    package var description: String {
        switch self {
        case .unknown(let name, let origin, let nearest):
            "\(origin.kind) \(quoted(name)) is not known" + (nearest.map { "; did you mean \($0)?" } ?? "")
        case .unknownCommand(let name, let nearest):
            "command \(quoted(name)) is not known" + (nearest.map { "; did you mean \($0)?" } ?? "")
        case .missingCommand(let names): "a command is missing: one of \(names.joined(separator: ", "))"
        case .unexpectedArgument(let text):
            "argument \(quoted(text)) belongs to no flag; put -- before a command to start"
        case .missingValue(let flag, let expected): "\(flag) needs a value: \(expected)"
        case .missing(let flag, let variable, let expected):
            "\(flag) must be given (\(expected)), or \(variable) in the environment"
        case .invalid(let name, let value, let expected, let origin):
            "\(origin.kind) \(name) is \(quoted(value)), expected: \(expected)"
        case .unreadableFile(let path): "the settings file \(quoted(path)) cannot be read"
        case .malformedFile(let path, let reason): "the settings file \(quoted(path)) is no JSON object: \(reason)"
        }
    }

    /// The text in quotes, on one line, and not too long of it.
    private func quoted(_ text: String) -> String {
        let short = text.prefix(80)
        return String(short).debugDescription + (short.endIndex < text.endIndex ? "…" : "")
    }
}

/// Where a setting's value came from.
package enum SettingOrigin: Hashable, Sendable {
    case flag
    case environment(String)
    case file(String)
    case builtIn

    /// Its short form for a list of settings.
    package var text: String {
        switch self {
        case .flag: "flag"
        case .environment(let name): "environment \(name)"
        case .file(let path): "file \(path)"
        case .builtIn: "default"
        }
    }

    fileprivate var kind: String {
        switch self {
        case .flag: "flag"
        case .environment: "environment variable"
        case .file(let path): "key (in \(path))"
        case .builtIn: "default"
        }
    }
}
