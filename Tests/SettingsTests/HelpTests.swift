import Settings
import Testing

struct HelpTests {
    @Test func `help has every setting with name, type, meaning, variable and default, within 100 columns`() {
        let table = SettingsTable(
            program: "sample run",
            version: "1.2.3",
            summary: "Runs a sample.",
            environmentPrefix: "SAMPLE_",
            settings: [
                Setting(
                    "app-port",
                    default: 8080,
                    range: 0...65_535,
                    help:
                        "The port the app listens on, which is passed on to it in the variable APP_PORT, as daprd does "
                        + "with its own flags.",
                    short: "p",
                    environment: "APP_PORT"
                ),
                Setting("resources-path", help: "Folders.", short: "d", aliases: ["components-path"]),
                Setting("enable-metrics", default: true, help: "Counts."),
                Setting("wait", default: Duration.milliseconds(1500), help: "Waits."),
                Setting("max-size", default: ByteCount.mebibytes(4), help: "Limits."),
                Setting(required: "store", .nonEmptyString, help: "Stores."),
                Setting(optional: "api-key", .nonEmptyString, help: "Opens.", isSecret: true),
            ],
            remainder: "command arguments…"
        )
        #expect(
            table.help == """
                Usage: sample run [settings] [-- command arguments…]

                Runs a sample.

                Settings. A flag wins over the variable of the environment, that over the key in the file that
                --config-file names (there without the dashes), that over the default.

                  -p, --app-port <integer from 0 to 65535>
                      The port the app listens on, which is passed on to it in the variable APP_PORT, as daprd does
                      with its own flags.
                      Environment: APP_PORT. Default: 8080.

                  -d, --resources-path, --components-path <list>
                      Folders.
                      Environment: SAMPLE_RESOURCES_PATH. No default.

                  --enable-metrics[=true|false], --no-enable-metrics
                      Counts.
                      Environment: SAMPLE_ENABLE_METRICS. Default: true.

                  --wait <duration>
                      Waits.
                      Environment: SAMPLE_WAIT. Default: 1s500ms.

                  --max-size <size>
                      Limits.
                      Environment: SAMPLE_MAX_SIZE. Default: 4Mi.

                  --store <text>
                      Stores.
                      Environment: SAMPLE_STORE. Must be given.

                  --api-key <text>
                      Opens.
                      Environment: SAMPLE_API_KEY. No default. Secret: never shown.

                  --config-file <text>
                      A JSON file with settings: one object, its keys the flags' names without the dashes.
                      Environment: SAMPLE_CONFIG_FILE. No default.

                  -h, --help
                      Show this text.

                  --version
                      Show the version.

                """
        )
        #expect(table.help.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }

    @Test func `types tell their range`() {
        let table = SettingsTable(
            program: "s",
            version: "1",
            summary: "",
            environmentPrefix: "",
            settings: [
                Setting("a", default: 1, range: 1...Int.max, help: ""),
                Setting("b", default: 1, range: Int.min...9, help: ""),
                Setting("c", default: Duration.zero, range: .zero...(.seconds(90)), help: ""),
                Setting("d", default: ByteCount(1), range: ByteCount(1)...ByteCount(2048), help: ""),
                Setting("e", default: 0, help: ""),
            ]
        )
        for usage in [
            "--a <integer from 1>", "--b <integer up to 9>", "--c <duration up to 1m30s>", "--d <size from 1 to 2Ki>",
            "--e <integer>",
        ] {
            #expect(table.help.contains("  \(usage)\n"))
        }
    }
}
