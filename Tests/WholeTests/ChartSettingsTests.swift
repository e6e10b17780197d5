import Foundation
import Testing

/// The chart gives the program its settings by names of the environment, which nobody checks when it is installed.
struct ChartSettingsTests {
    @Test func `each variable that the chart sets is one of the server's settings`() async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let chart = try String(
            contentsOf: root.appending(path: "helm/task-server/templates/deployment.yaml"),
            encoding: .utf8
        )
        let used = chart.matches(of: /- name: ([A-Z][A-Z0-9_]+)/).map { String($0.1) }
        #expect(used.contains("TASKS_PUBLIC_PORT"), "the chart is not read as it is written")

        let log = FileManager.default.temporaryDirectory.appending(path: "help-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: log) }
        let program = try await RunningProgram("task-server", ["serve", "--help", "all"], log: log)
        try await program.ends(within: .seconds(20))
        let known = Set(try program.output().matches(of: /Environment: ([A-Z0-9_]+)\./).map { String($0.1) })
        #expect(Set(used).subtracting(known) == [])
    }
}
