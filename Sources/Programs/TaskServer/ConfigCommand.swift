import DaprJSON
import Settings

/// `task-server config`: what `serve` would run with, and where each setting comes from.
enum ConfigCommand {
    /// The settings of `serve` in the order of `--help all`, secrets as `***`: a table, or JSON.
    static func text(_ values: SettingValues) -> String {
        let shown = values.shown().filter { $0.name != ServerSettings.jsonName }
        guard values[ServerSettings.json] else {
            return CommandOutput.table(
                [["SETTING", "VALUE", "FROM"]]
                    + shown.map { [$0.name, $0.value.isEmpty ? "none" : $0.value, $0.origin] }
            )
        }
        let settings = shown.map { setting -> JSONValue in
            ["from": .string(setting.origin), "name": .string(setting.name), "value": .string(setting.value)]
        }
        let answer: JSONValue = .object(["settings": .array(settings)])
        return String(decoding: answer.serialized(), as: UTF8.self)
    }
}
