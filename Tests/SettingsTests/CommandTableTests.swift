import Settings
import Testing

private enum Verb: String {
    case serve
    case token
}

private enum LetterVerb: String {
    case list = "letter list"
    case show = "letter show"
}

struct CommandTableTests {
    private static let port = Setting("port", default: 8080, help: "The port.")
    private static let user = Setting("user", default: "demo", help: "The user.")
    private let table = CommandTable<Verb>(
        program: "sample",
        version: "1.2.3",
        summary: "A sample.",
        environmentPrefix: "SAMPLE_",
        commands: [
            Command(.serve, summary: "Serves until it is told to stop.", settings: [Self.port]),
            Command(.token, summary: "Prints a token.", settings: [Self.user], remainder: "words…"),
        ]
    )

    private func parse(
        _ arguments: [String],
        _ environment: [String: String] = [:],
        file: String = "{}"
    ) throws(SettingsError) -> CommandRequest<Verb> {
        try table.parse(arguments: arguments, environment: environment) { _ in Array(file.utf8) }
    }

    private func faults(_ arguments: [String], _ environment: [String: String] = [:]) -> SettingsError? {
        do throws(SettingsError) {
            _ = try parse(arguments, environment)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a command is run with its own settings`() throws {
        guard case .run(.token, let values) = try parse(["token", "--user", "ann", "--", "a"]) else {
            Issue.record("not the command")
            return
        }
        #expect(values[Self.user] == "ann")
        #expect(values.remaining == ["a"])
    }

    @Test func `a command may begin those of two words`() throws {
        enum Verb: String {
            case box
            case boxEmpty = "box empty"
        }
        let table = CommandTable<Verb>(
            program: "sample",
            version: "1.2.3",
            summary: "A sample.",
            environmentPrefix: "SAMPLE_",
            commands: [
                Command(.box, summary: "Shows the box.", settings: [Self.port]),
                Command(.boxEmpty, summary: "Empties it.", settings: [Self.user]),
            ]
        )
        func parse(_ arguments: [String]) throws(SettingsError) -> CommandRequest<Verb> {
            try table.parse(arguments: arguments, environment: [:]) { _ in nil }
        }
        guard case .run(.box, let values) = try parse(["box", "--port", "1"]), values[Self.port] == 1 else {
            Issue.record("not the first command")
            return
        }
        guard case .run(.boxEmpty, let values) = try parse(["box", "empty", "--user", "x"]), values[Self.user] == "x"
        else {
            Issue.record("not the second command")
            return
        }
        for arguments in [["box", "--help"], ["help", "box"]] {
            guard case .show(let text) = try parse(arguments) else {
                Issue.record("no help")
                return
            }
            #expect(text.contains("Shows the box."))
            #expect(text.contains("--port"))
        }
        #expect(throws: SettingsError.self) { try parse(["box", "fill"]) }
    }

    @Test func `a flag that may be repeated takes texts with commas`() throws {
        let names = Setting(optional: "name", .repeated, help: "Names.")
        let table = SettingsTable(
            program: "sample",
            version: "1",
            summary: "A sample.",
            environmentPrefix: "SAMPLE_",
            settings: [names]
        )
        for (arguments, expected) in [
            ([], nil), (["--name", "a,b"], ["a,b"]), (["--name", "a,b", "--name="], ["a,b", ""]),
        ] as [([String], [String]?)] {
            guard
                case .run(let values) = try table.parse(arguments: arguments, environment: [:], readFile: { _ in nil })
            else {
                Issue.record("no values")
                return
            }
            #expect(values[names] == expected)
        }
    }

    @Test func `a command may have two words, and an operand among its flags`() throws {
        let table = CommandTable<LetterVerb>(
            program: "sample",
            version: "1.2.3",
            summary: "A sample.",
            environmentPrefix: "SAMPLE_",
            commands: [
                Command(.list, summary: "Lists.", settings: [Self.port]),
                Command(.show, summary: "Shows.", settings: [Self.port], operand: "<id>"),
            ]
        )
        func parse(_ arguments: [String]) throws(SettingsError) -> CommandRequest<LetterVerb> {
            try table.parse(arguments: arguments, environment: [:]) { _ in nil }
        }
        func faults(_ arguments: [String]) -> [SettingFault] {
            do throws(SettingsError) {
                _ = try parse(arguments)
                return []
            } catch {
                return error.faults
            }
        }
        for arguments in [["--port", "1", "x"], ["x", "--port=1"]] {
            guard case .run(.show, let values) = try parse(["letter", "show"] + arguments) else {
                Issue.record("not the command")
                return
            }
            #expect(values.operand == "x")
            #expect(values[Self.port] == 1)
        }
        guard case .run(.list, let values) = try parse(["letter", "list"]) else {
            Issue.record("not the command")
            return
        }
        #expect(values.operand == nil)
        #expect(faults(["letter", "list", "x"]) == [.unexpectedArgument("x")])
        #expect(faults(["letter", "show", "x", "y"]) == [.unexpectedArgument("y")])
        #expect(faults(["letter", "lits"]) == [.unknownCommand("letter lits", nearest: "letter list")])
        #expect(faults(["letter"]).count == 1)
        #expect(faults(["letter", "--port=1"]).count == 1)
        for arguments in [["letter", "--help"], ["letter", "-h"], ["help", "letter"]] {
            guard case .show(let text) = try parse(arguments) else {
                Issue.record("no help")
                return
            }
            #expect(text == table.help)
        }
        for arguments in [["letter", "show", "--help"], ["help", "letter", "show"]] {
            guard case .show(let text) = try parse(arguments) else {
                Issue.record("no help")
                return
            }
            #expect(text.contains("Usage: sample letter show [settings] <id>"))
        }
    }

    @Test func `variables and keys of another command are no faults, its flags are`() throws {
        let file = #"{"port":1,"user":"file"}"#
        let request = try parse(["token", "--config-file=x"], ["SAMPLE_PORT": "2"], file: file)
        guard case .run(.token, let values) = request else {
            Issue.record("not the command")
            return
        }
        #expect(values[Self.user] == "file")
        #expect(faults(["token", "--port=1"])?.faults == [.unknown("--port", origin: .flag, nearest: nil)])
        #expect(faults(["token"], ["SAMPLE_PROT": "1"])?.faults.count == 1)
    }

    @Test func `an unknown command is refused with the nearest, a missing one with all`() {
        #expect(faults(["sevre"])?.faults == [.unknownCommand("sevre", nearest: "serve")])
        #expect(faults(["migrate"])?.faults == [.unknownCommand("migrate", nearest: nil)])
        #expect(faults([])?.faults == [.missingCommand(["serve", "token"])])
        #expect(faults(["--port=1"])?.faults == [.missingCommand(["serve", "token"])])
        #expect(
            faults(["sevre"])?.description == """
                sample: command "sevre" is not known; did you mean serve?
                sample --help shows what can be set.
                """
        )
    }

    @Test(arguments: [["--help"], ["-h"], ["help"]])
    func `help lists the commands`(arguments: [String]) throws {
        guard case .show(let text) = try parse(arguments) else {
            Issue.record("no help")
            return
        }
        #expect(
            text == """
                Usage: sample <command> [settings]

                A sample.

                Commands:

                  serve  Serves until it is told to stop.
                  token  Prints a token.

                sample <command> --help shows a command's settings, sample --version the version.

                """
        )
    }

    @Test(arguments: [["token", "--help"], ["help", "token"]])
    func `help of a command shows its settings`(arguments: [String]) throws {
        guard case .show(let text) = try parse(arguments) else {
            Issue.record("no help")
            return
        }
        #expect(text.hasPrefix("Usage: sample token [settings] [-- words…]\n"))
        #expect(text.contains("--user <text>"))
        #expect(!text.contains("--port"))
    }

    @Test func `help of a command may begin with what people need first`() throws {
        let rare = Setting("rare", default: 1, help: "Is seldom needed.")
        let table = CommandTable<Verb>(
            program: "sample",
            version: "1.2.3",
            summary: "A sample.",
            environmentPrefix: "SAMPLE_",
            commands: [
                Command(.serve, summary: "Serves.", settings: [Self.port, rare], common: [Self.port]),
                Command(.token, summary: "Prints a token.", settings: [Self.user]),
            ]
        )
        func help(_ arguments: [String]) throws -> String {
            guard case .show(let text) = try table.parse(arguments: arguments, environment: [:], readFile: { _ in nil })
            else { return "" }
            return text
        }
        for arguments in [["serve", "--help"], ["help", "serve"], ["serve", "-h", "--port", "1"]] {
            let text = try help(arguments)
            #expect(text.contains("--port") && text.contains("--config-file") && !text.contains("--rare"))
            #expect(text.contains("-h, --help [all]\n      Show this text; with all, the 1 other settings too."))
        }
        for arguments in [["serve", "--help", "all"], ["serve", "--help=all"], ["help", "serve", "all"]] {
            #expect(try help(arguments).contains("--port") && help(arguments).contains("--rare"))
        }
        #expect(try help(["token", "--help", "all"]) == help(["token", "--help"]))
        #expect(
            try help(["--help"]).hasSuffix(
                "sample <command> --help all also shows the settings that are seldom needed.\n"
            )
        )
    }

    @Test(arguments: [["--version"], ["serve", "--version"]])
    func `the version is shown`(arguments: [String]) throws {
        guard case .show("1.2.3\n") = try parse(arguments) else {
            Issue.record("no version")
            return
        }
    }
}
