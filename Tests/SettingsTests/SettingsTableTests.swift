import Settings
import Testing

private enum Level: String, CaseIterable {
    case low
    case high
}

private enum Sample {
    static let port = Setting(
        "app-port",
        default: 8080,
        range: 0...65_535,
        help: "The port the app listens on.",
        short: "p",
        environment: "APP_PORT"
    )
    static let appID = Setting(optional: "app-id", .nonEmptyString, help: "The app's name.", short: "a")
    static let paths = Setting(
        "resources-path",
        help: "Folders with component files.",
        short: "d",
        aliases: ["components-path"]
    )
    static let metrics = Setting("enable-metrics", default: true, help: "Whether to count.")
    static let wait = Setting("wait", default: Duration.seconds(5), range: .zero...(.seconds(3600)), help: "How long.")
    static let size = Setting("max-body-size", default: ByteCount.mebibytes(4), help: "How large.")
    static let level = Setting("level", default: Level.low, help: "How much.")
    static let key = Setting(optional: "api-key", .nonEmptyString, help: "The key.", isSecret: true)
    static let share = Setting("share", .fraction, default: 1, help: "How much of it.")
    static let name = Setting("name", default: "none given", help: "A name.")
    static let door = Setting(
        optional: "door-key",
        .nonEmptyString,
        help: "The key of the door.",
        isSecret: true,
        refusesEmpty: true
    )

    static let all: [any AnySetting] = [port, appID, paths, metrics, wait, size, level, key, share, name, door]

    static let table = SettingsTable(
        program: "sample run",
        version: "1.2.3",
        summary: "A sample.",
        environmentPrefix: "SAMPLE_",
        settings: all,
        remainder: "command arguments…"
    )

    static func request(
        _ arguments: [String] = [],
        _ environment: [String: String] = [:],
        file: String? = nil
    ) throws(SettingsError) -> SettingsRequest {
        try table.parse(arguments: arguments, environment: environment) { path in
            path == "s.json" ? file.map { Array($0.utf8) } : nil
        }
    }

    static func values(
        _ arguments: [String] = [],
        _ environment: [String: String] = [:],
        file: String? = nil
    ) throws -> SettingValues {
        guard case .run(let values) = try request(arguments, environment, file: file) else { throw NoValues() }
        return values
    }

    static func faults(
        _ arguments: [String] = [],
        _ environment: [String: String] = [:],
        file: String? = nil
    ) -> [SettingFault] {
        do throws(SettingsError) {
            _ = try request(arguments, environment, file: file)
            return []
        } catch {
            return error.faults
        }
    }

    struct NoValues: Error {}
}

struct SettingsTableTests {
    @Test func `what is not given has its default`() throws {
        let values = try Sample.values()
        #expect(values[Sample.port] == 8080)
        #expect(values[Sample.appID] == nil)
        #expect(values[Sample.paths] == [])
        #expect(values[Sample.metrics])
        #expect(values[Sample.wait] == .seconds(5))
        #expect(values[Sample.size].bytes == 4_194_304)
        #expect(values[Sample.level] == .low)
        #expect(values[Sample.key] == nil)
        #expect(values.remaining == [])
    }

    @Test func `a flag wins over a variable, that over the file, that over the default`() throws {
        let file = #"{"app-port":1,"level":"high","name":"file","enable-metrics":false,"resources-path":["a","b"]}"#
        let environment = ["APP_PORT": "2", "SAMPLE_NAME": "environment", "SAMPLE_CONFIG_FILE": "s.json"]
        let values = try Sample.values(["--name", "flag"], environment, file: file)
        #expect(values[Sample.name] == "flag")
        #expect(values[Sample.port] == 2)
        #expect(values[Sample.level] == .high)
        #expect(!values[Sample.metrics])
        #expect(values[Sample.paths] == ["a", "b"])
        #expect(values[Sample.wait] == .seconds(5))
        #expect(values.origin(of: Sample.name) == .flag)
        #expect(values.origin(of: Sample.port) == .environment("APP_PORT"))
        #expect(values.origin(of: Sample.level) == .file("s.json"))
        #expect(values.origin(of: Sample.wait) == .builtIn)
    }

    @Test(
        arguments: [
            ["--app-port", "81"], ["--app-port=81"], ["-p", "81"], ["-p81"], ["-p=81"],
            ["--app-port", "1", "--app-port", "81"],
        ]
    )
    func `a flag's value follows it or an equals sign`(arguments: [String]) throws {
        #expect(try Sample.values(arguments)[Sample.port] == 81)
    }

    @Test func `a share is a number from 0 to 1`() throws {
        #expect(try Sample.values()[Sample.share] == 1)
        for (text, share) in [("0", 0), ("1", 1), ("0.25", 0.25), ("1e-2", 0.01)] {
            #expect(try Sample.values(["--share", text])[Sample.share] == share)
        }
        for (text, share) in [("0", 0), ("1", 1), ("0.25", 0.25), ("1e-2", 0.01), ("\"0.5\"", 0.5)] {
            let file = #"{"share":\#(text)}"#
            #expect(try Sample.values([], ["SAMPLE_CONFIG_FILE": "s.json"], file: file)[Sample.share] == share)
        }
        #expect(Sample.faults(["--config-file=s.json"], file: #"{"share":1.5,"app-port":80.5}"#).count == 2)
    }

    @Test(
        arguments: [
            (["--enable-metrics"], true), (["--enable-metrics=false"], false), (["--no-enable-metrics"], false),
            (["--enable-metrics=0"], false), (["--enable-metrics=TRUE"], true),
        ]
    )
    func `a switch stands alone, with a value or with no`(arguments: [String], expected: Bool) throws {
        #expect(try Sample.values(arguments)[Sample.metrics] == expected)
    }

    @Test func `a list's flag may be repeated under all its names, and commas part items`() throws {
        let values = try Sample.values(["--resources-path", "a", "-d", "b,c", "--components-path=d"])
        #expect(values[Sample.paths] == ["a", "b", "c", "d"])
        #expect(try Sample.values([], ["SAMPLE_RESOURCES_PATH": "x,y"])[Sample.paths] == ["x", "y"])
    }

    @Test func `what stands behind two dashes is left untouched`() throws {
        let values = try Sample.values(["--name=x", "--", "serve", "--name", "--", "-p", "--help"])
        #expect(values[Sample.name] == "x")
        #expect(values.remaining == ["serve", "--name", "--", "-p", "--help"])
    }

    @Test func `a value may look like a short flag, be empty or hold equals signs`() throws {
        #expect(try Sample.values(["--name", "-1"])[Sample.name] == "-1")
        #expect(try Sample.values(["--name="])[Sample.name] == "")
        #expect(try Sample.values(["--name=a=b"])[Sample.name] == "a=b")
        #expect(try Sample.values(["--name", "-"])[Sample.name] == "-")
    }

    @Test func `an empty variable counts as not set`() throws {
        #expect(try Sample.values([], ["APP_PORT": ""])[Sample.port] == 8080)
    }

    @Test func `an empty variable is refused where leaving it out opens a door`() throws {
        #expect(
            Sample.faults([], ["SAMPLE_DOOR_KEY": ""]) == [
                .invalid("SAMPLE_DOOR_KEY", value: "", expected: "text", origin: .environment("SAMPLE_DOOR_KEY"))
            ]
        )
        #expect(try Sample.values()[Sample.door] == nil)
        #expect(try Sample.values([], ["SAMPLE_DOOR_KEY": "x"])[Sample.door] == "x")
    }

    @Test func `unknown flags, variables and keys are refused with the nearest name`() {
        let faults = Sample.faults(
            ["--app-prot", "80", "--zzzzzz=1", "-x", "--config-file", "s.json"],
            ["SAMPLE_LEVL": "high", "OTHER": "1"],
            file: #"{"wiat":"1s","config-file":"x"}"#
        )
        #expect(
            faults == [
                .unknown("--app-prot", origin: .flag, nearest: "--app-port"),
                .unknown("--zzzzzz", origin: .flag, nearest: nil),
                .unknown("-x", origin: .flag, nearest: nil),
                .unknown("SAMPLE_LEVL", origin: .environment("SAMPLE_LEVL"), nearest: "SAMPLE_LEVEL"),
                .unknown("config-file", origin: .file("s.json"), nearest: nil),
                .unknown("wiat", origin: .file("s.json"), nearest: "wait"),
            ]
        )
    }

    @Test func `what Kubernetes sets for a service of the same name is passed over`() throws {
        let links = [
            "SAMPLE_SERVICE_HOST": "10.0.0.1", "SAMPLE_SERVICE_PORT": "80", "SAMPLE_SERVICE_PORT_HTTP": "80",
            "SAMPLE_PORT": "tcp://10.0.0.1:80", "SAMPLE_PORT_80_TCP": "tcp://10.0.0.1:80",
            "SAMPLE_PORT_80_TCP_ADDR": "10.0.0.1",
            "SAMPLE_API_PORT_53_UDP_PROTO": "udp",
        ]
        _ = try Sample.values([], links)
        #expect(Sample.faults([], ["SAMPLE_PORT": "80"]).count == 1)
    }

    @Test(
        arguments: [
            ("--app-port", "65536"), ("--app-port", "-1"), ("--app-port", "8o80"), ("--app-port", ""),
            ("--app-port", "99999999999999999999"), ("--wait", "5"), ("--wait", "2h"), ("--wait", "-1s"),
            ("--max-body-size", "4Mb"), ("--share", "1.01"), ("--share", "-0.1"), ("--share", "nan"),
            ("--share", "50%"),
            ("--level", "HIGH"), ("--enable-metrics", "maybe"), ("--app-id", ""),
        ]
    )
    func `a value of the wrong type or beyond the range is refused`(flag: String, value: String) throws {
        let faults = Sample.faults(["\(flag)=\(value)"])
        guard case .invalid(flag, value, let expected, .flag) = try #require(faults.first) else {
            Issue.record("\(faults)")
            return
        }
        #expect(!expected.isEmpty)
        #expect(faults.count == 1)
    }

    @Test(
        arguments: [
            #"{"app-port":"80"}"#, #"{"app-port":80.5}"#, #"{"app-port":true}"#, #"{"name":1}"#, #"{"name":null}"#,
            #"{"name":{}}"#,
            #"{"enable-metrics":"true"}"#, #"{"resources-path":"a"}"#, #"{"resources-path":["a",1]}"#, #"{"wait":5}"#,
        ]
    )
    func `a key of the file must have the setting's own type`(file: String) {
        let faults = Sample.faults(["--config-file=s.json"], file: file)
        #expect(faults.count == 1)
        guard case .invalid(_, _, _, .file("s.json"))? = faults.first else {
            Issue.record("\(faults)")
            return
        }
    }

    @Test func `the file must be there and be an object`() {
        #expect(Sample.faults(["--config-file=t.json"]) == [.unreadableFile("t.json")])
        #expect(
            Sample.faults(["--config-file=s.json"], file: "[]") == [
                .malformedFile("s.json", reason: "it holds another value")
            ]
        )
        guard case .malformedFile("s.json", _)? = Sample.faults(["--config-file=s.json"], file: "{").first else {
            Issue.record("a broken file was taken")
            return
        }
    }

    @Test func `all faults are told at once, each with what to do`() {
        let required = Setting(required: "store", .nonEmptyString, help: "The store.")
        let table = SettingsTable(
            program: "sample",
            version: "1",
            summary: "A sample.",
            environmentPrefix: "SAMPLE_",
            settings: [required, Sample.port, Sample.key]
        )
        let error = #expect(throws: SettingsError.self) {
            try table.parse(
                arguments: ["word", "--app-port", "--", "more"],
                environment: ["APP_PORT": "x", "SAMPLE_API_KEY": "secret", "SAMPLE_STOR": "1"]
            ) { _ in nil }
        }
        #expect(
            error?.description == """
                sample: argument "word" belongs to no flag; put -- before a command to start
                sample: --app-port needs a value: integer from 0 to 65535
                sample: argument "more" belongs to no flag; put -- before a command to start
                sample: environment variable "SAMPLE_STOR" is not known; did you mean SAMPLE_STORE?
                sample: --store must be given (text), or SAMPLE_STORE in the environment
                sample: environment variable APP_PORT is "x", expected: integer from 0 to 65535
                sample --help shows what can be set.
                """
        )
    }

    @Test func `a fault stays on one line whatever was typed`() {
        let faults = Sample.faults(["--level=\u{1B}[31m\n" + String(repeating: "x", count: 500)])
        let text = faults.map(\.description).joined()
        #expect(!text.contains("\n"))
        #expect(!text.contains("\u{1B}"))
        #expect(text.count < 200)
    }

    @Test func `a secret is masked where it is shown and in faults`() throws {
        let values = try Sample.values(["--api-key", "hunter2"])
        #expect(values[Sample.key] == "hunter2")
        let shown = values.shown()
        #expect(shown.map(\.name).prefix(2) == ["app-port", "app-id"])
        #expect(shown.first { $0.name == "api-key" }?.value == "***")
        #expect(shown.first { $0.name == "api-key" }?.origin == "flag")
        #expect(shown.first { $0.name == "max-body-size" }?.value == "4Mi")
        #expect(try Sample.values().shown().first { $0.name == "api-key" }?.value == "none")

        let secret = Setting("pin", .integer(0...9), default: 7, help: "A pin.", isSecret: true)
        let table = SettingsTable(program: "s", version: "1", summary: "", environmentPrefix: "", settings: [secret])
        #expect(!table.help.contains("7"))
        let error = #expect(throws: SettingsError.self) {
            try table.parse(arguments: ["--pin=4711"], environment: [:]) { _ in nil }
        }
        #expect(error?.description.contains("4711") == false)
    }

    @Test func `two settings of the same name stop the program`() async {
        await #expect(processExitsWith: .failure) {
            _ = SettingsTable(
                program: "s",
                version: "1",
                summary: "",
                environmentPrefix: "",
                settings: [Setting("a", default: 1, help: ""), Setting("a", default: "", help: "")]
            )
        }
    }

    @Test(arguments: [["--help"], ["-h"], ["--nonsense", "--help"]])
    func `help is shown whatever else is wrong`(arguments: [String]) throws {
        guard case .show(let text) = try Sample.request(arguments) else {
            Issue.record("no help")
            return
        }
        #expect(text == Sample.table.help)
    }

    @Test func `the version is shown`() throws {
        guard case .show("1.2.3\n") = try Sample.request(["--version"]) else {
            Issue.record("no version")
            return
        }
    }
}
