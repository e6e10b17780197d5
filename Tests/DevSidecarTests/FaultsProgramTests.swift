import Foundation
import TestTools
import Testing

/// `--faults`, as a user names it.
struct FaultsProgramTests {
    private static let store = """
        apiVersion: dapr.io/v1alpha1
        kind: Component
        metadata: {name: store}
        spec: {type: state.in-memory, version: v1}
        """

    /// Runs the program with a plan and an application, which finds the address of the store in `$url`.
    private func run(_ plan: String, app: String) async throws -> (code: Int32, program: SidecarProgram) {
        let file = FileManager.default.temporaryDirectory.appending(path: "plan-\(UUID().uuidString)")
        try plan.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let program = try SidecarProgram(
            ["--faults", file.path],
            resources: ["store.yaml": Self.store],
            app: "url=http://127.0.0.1:$DAPR_HTTP_PORT/v1.0/state/store\n\(app)"
        )
        return (try await program.end(), program)
    }

    @Test func `cut and lost answers cut the connection, and each fault is logged`() async throws {
        let (code, program) = try await run(
            "state.save key=a -> lose\nstate.save key=b -> cut",
            app: """
                for key in a b; do curl -s $url -d "[{\\"key\\":\\"$key\\",\\"value\\":1}]"; echo $?; done
                curl -s $url/a; curl -s $url/b -w ' %{http_code}'
                """
        )
        #expect(code == 0)
        #expect(program.output == "52\n52\n1 204")
        #expect(program.log.contains(#""fault":"state.save store a attempt 1 -> lose (rule 1)""#), "\(program.log)")
    }

    @Test func `a restart keeps the connection's port and the state in memory`() async throws {
        let (_, program) = try await run(
            "state.save match=2 -> restart after",
            app: """
                for key in a b c; do curl -s $url -d "[{\\"key\\":\\"$key\\",\\"value\\":1}]"; echo $?; done
                for key in a b c; do curl -s $url/$key; done
                """
        )
        #expect(program.output == "0\n52\n0\n111")
    }

    @Test func `a plan that cannot be used is refused by file, line and what could stand there`() async throws {
        let (code, program) = try await run("seed 1\nstate.sav -> lose", app: "true")
        #expect(code == 1)
        #expect(program.log.contains(#/plan-[^:]*:2: there is no operation "state.sav"; there are state.get, /#))
        let missing = try SidecarProgram(["--faults", "/no/such/plan"])
        #expect(try await missing.end() == 1)
        #expect(missing.log.contains("/no/such/plan: the fault plan cannot be read"))
    }

    @Test func `the commands of the guide print what it says`() async throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let guide = try String(contentsOf: root.appending(path: "docs/testing-with-dev-sidecar.md"), encoding: .utf8)
        func block(_ kind: String) throws -> String {
            let begun = try #require(guide.components(separatedBy: "```\(kind)\n").dropFirst().first)
            return try #require(begun.components(separatedBy: "```\n").first)
        }
        let folder = FileManager.default.temporaryDirectory.appending(path: "guide-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let output = folder.appending(path: "output")
        try Data().write(to: output)
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
        shell.arguments = ["-k", "1", "60", "sh", "-e", "-c", try block("sh")]
        let programs = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
        shell.environment = ProcessInfo.processInfo.environment.merging(["PATH": "\(programs):/usr/bin:/bin"]) { $1 }
        shell.currentDirectoryURL = folder
        shell.standardInput = FileHandle.nullDevice
        shell.standardOutput = try FileHandle(forWritingTo: output)
        shell.standardError = FileHandle.nullDevice
        try shell.run()
        try await eventually("the guide's commands do not end") { !shell.isRunning }
        #expect(try String(contentsOf: output, encoding: .utf8) == block("text"))
        #expect(shell.terminationStatus == 0)
    }
}
