import Foundation
import TestTools
import Testing

/// The program with an application under it.
///
/// The applications are shell scripts; `curl` calls the sidecar for them.
struct SupervisionTests {
    private static let store = """
        apiVersion: dapr.io/v1alpha1
        kind: Component
        metadata:
          name: store
        spec:
          type: state.sqlite
          version: v1
          metadata:
          - name: connectionString
            value: FOLDER/state.db
        """

    @Test(arguments: [("exit 7", 7), ("exit 0", 0), ("kill -KILL $$", 137)] as [(String, Int32)])
    func `the sidecar ends with the application's code`(script: String, code: Int32) async throws {
        #expect(try await SidecarProgram(app: script).end() == code)
    }

    @Test func `the application finds the sidecar in its environment, and its output is passed on`() async throws {
        let program = try SidecarProgram(
            ["--app-port", "9"],
            environment: ["DAPR_API_TOKEN": "t"],
            app: """
                echo "$APP_ID $APP_PORT $APP_PROTOCOL $DAPR_API_TOKEN"; echo complaint >&2
                curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$DAPR_HTTP_PORT/v1.0/healthz/outbound"
                """
        )
        #expect(try await program.end() == 0)
        #expect(program.output == "test 9 http t\n204")
        #expect(program.log.contains("complaint\n"))
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `a signal ends the application first, which can still call the sidecar`(signal: Int32) async throws {
        let program = try SidecarProgram(
            app: """
                trap 'curl -s -o /dev/null -w "%{http_code}" "http://127.0.0.1:$DAPR_HTTP_PORT/v1.0/healthz/outbound"; exit 4' TERM
                trap 'echo "a Ctrl-C of its own"; exit 5' INT
                touch "$FOLDER/ready"; while :; do sleep 0.02; done
                """
        )
        try await eventually("the app is not up") {
            FileManager.default.fileExists(atPath: "\(program.folderPath)/ready")
        }
        program.signal(signal)
        #expect(try await program.end() == 4)
        #expect(program.output == "204")
    }

    @Test func `an application that does not end is killed when its time is over`() async throws {
        let program = try SidecarProgram(
            ["--dapr-graceful-shutdown-seconds", "1"],
            app: "trap '' TERM; touch \"$FOLDER/ready\"; while :; do sleep 0.02; done"
        )
        try await eventually("the app is not up") {
            FileManager.default.fileExists(atPath: "\(program.folderPath)/ready")
        }
        program.signal(SIGTERM)
        #expect(try await program.end() == 137)
        #expect(program.log.contains("did not end in time"))
    }

    @Test func `a second signal kills the application at once`() async throws {
        let program = try SidecarProgram(
            ["--dapr-graceful-shutdown-seconds", "600"],
            app: "trap '' TERM; touch \"$FOLDER/ready\"; while :; do sleep 0.02; done"
        )
        try await eventually("the app is not up") {
            FileManager.default.fileExists(atPath: "\(program.folderPath)/ready")
        }
        program.signal(SIGTERM)
        try await eventually("the app is not asked to end") { program.log.contains(#""msg":"ending""#) }
        program.signal(SIGINT)
        #expect(try await program.end() == 137)
    }

    @Test func `the shutdown call ends the application, a forced one kills it`() async throws {
        let script = """
            trap 'exit 4' TERM
            curl -s -X POST $FORCE "http://127.0.0.1:$DAPR_HTTP_PORT/v1.0/shutdown"; while :; do sleep 0.02; done
            """
        #expect(try await SidecarProgram(environment: ["FORCE": ""], app: script).end() == 4)
        #expect(try await SidecarProgram(environment: ["FORCE": "-Hdapr-force-shutdown:true"], app: script).end() == 1)
    }

    @Test func `an application does not outlive a sidecar that is killed`() async throws {
        let program = try SidecarProgram(app: "echo $$ > \"$FOLDER/number\"; while :; do sleep 0.02; done")
        try await eventually("the app is not up") { program.text("number").hasSuffix("\n") }
        let number = program.text("number").trimmingCharacters(in: .whitespacesAndNewlines)
        program.signal(SIGKILL)
        try await eventually("process \(number) lives on") {
            // Until its new parent asks for it, a process that has ended is a zombie.
            let state = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8)
            return state?.split(separator: " ").dropFirst(2).first.map { $0 == "Z" || $0 == "X" } ?? true
        }
    }

    @Test func `a command that cannot be started ends the sidecar`() async throws {
        let program = try SidecarProgram(["--", "/no/such/program"])
        #expect(try await program.end() == 127)
        #expect(program.log.contains("/no/such/program"))
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `without an application a signal ends the sidecar in order`(signal: Int32) async throws {
        let program = try SidecarProgram()
        _ = try await program.port()
        program.signal(signal)
        #expect(try await program.end() == 0)
    }

    @Test func `a second signal cuts the time short in which the API still serves`() async throws {
        let program = try SidecarProgram(["--dapr-block-shutdown-duration", "1h"])
        _ = try await program.port()
        program.signal(SIGTERM)
        try await eventually("it is not ending") { program.log.contains(#""msg":"ending""#) }
        program.signal(SIGTERM)
        #expect(try await program.end() == 0)
    }

    @Test func `a resource that cannot be used is refused by file, line and name`() async throws {
        let broker = Self.store.replacing("state.sqlite", with: "pubsub.kafka").replacing(
            "name: store",
            with: "name: broker"
        )
        let program = try SidecarProgram(resources: ["broker.yaml": broker])
        #expect(try await program.end() == 1)
        #expect(program.log.contains(/broker\.yaml:\d+: .*broker.*pubsub\.kafka/))
        let unreadable = try SidecarProgram(resources: ["bad.yaml": "a: [1"])
        #expect(try await unreadable.end() == 1)
        #expect(unreadable.log.contains(#/bad\.yaml:\d+: /#))
    }

    @Test func `what was saved is there after the sidecar was killed`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let resources = ["store.yaml": Self.store.replacing("FOLDER", with: folder.path)]
        let save = """
            curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$DAPR_HTTP_PORT/v1.0/state/store" -d '[{"key":"k","value":"kept"}]'
            kill -KILL $PPID
            """
        let first = try SidecarProgram(resources: resources, app: save)
        _ = try await first.end()
        #expect(first.output == "204")
        let read = "curl -s \"http://127.0.0.1:$DAPR_HTTP_PORT/v1.0/state/store/k\""
        let second = try SidecarProgram(resources: resources, app: read)
        #expect(try await second.end() == 0)
        #expect(second.output == "\"kept\"")
    }
}
