import Foundation
import TestTools
import Testing

/// What the built program keeps from others on a developer's machine.
@Suite struct LocalSafetyTests {
    private func resource(_ type: String, _ version: String, _ metadata: [(String, String)]) -> String {
        let items = metadata.map { "  - name: \($0.0)\n    value: \"\($0.1)\"\n" }.joined()
        return """
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata:
              name: store
            spec:
              type: \(type)
              version: \(version)
              metadata:
            \(items)
            """
    }

    @Test(arguments: [
        "postgres://u:SECRETPW1/x@host/d", "host=/SECRETPW1 user=SECRETPW1 dbname=SECRETPW1 password=SECRETPW1",
        "postgres://SECRETPW1:1234@127.0.0.1:1/SECRETPW1", "host=h password=a SECRETPW1", "host=h SECRETPW1=x",
        "host=h pool_max_conns=SECRETPW1", "host=h default_query_exec_mode=SECRETPW1",
    ])
    func `a start that fails prints nothing of the connection string`(text: String) async throws {
        let store = resource("state.postgresql", "v2", [("connectionString", text), ("timeout", "5s")])
        let program = try SidecarProgram(["--enable-metrics=false"], resources: ["store.yaml": store])
        #expect(try await program.end() != 0)
        let told = program.log + program.output
        #expect(told.contains("store.yaml"), "\(told)")
        #expect(!told.contains("SECRET") && !told.contains("PW1") && !told.contains("1234"), "\(told)")
    }

    @Test func `nor that of an SQLite file`() async throws {
        let store = resource("state.sqlite", "v1", [("connectionString", "x.db?_auth_pass=SECRETPW1")])
        let program = try SidecarProgram(["--enable-metrics=false"], resources: ["store.yaml": store])
        #expect(try await program.end() != 0)
        #expect(program.log.contains("_auth_pass") && !program.log.contains("SECRETPW1"), "\(program.log)")
    }

    @Test func `files with tasks and jobs are their owner's alone`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "private-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // What is left of a folder for such does no harm.
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = resource(
            "state.sqlite",
            "v1",
            [("connectionString", folder.appending(path: "tasks.db").path)]
        )
        let program = try SidecarProgram(["--enable-metrics=false"], resources: ["store.yaml": store])
        let client = try RawClient(port: try await program.port())
        for (path, body) in [("state/store", #"[{"key":"k","value":1}]"#), ("jobs/j", #"{"dueTime":"1h"}"#)] {
            client.send(
                "POST /v1.0/\(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            #expect(client.receive(until: "\r\n\r\n").text.hasPrefix("HTTP/1.1 204 "))
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        #expect(names.contains("tasks.db-wal") && names.contains("dev-sidecar-jobs.sqlite"), "\(names)")
        for name in names {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.appending(path: name).path)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        program.signal(SIGTERM)
        #expect(try await program.end() == 0)
    }

    @Test func `a web page reads no secret by a name that it bends to this machine`() async throws {
        let store = resource("secretstores.local.env", "v1", [])
        let program = try SidecarProgram(
            ["--enable-metrics=false", "--allow-origin", "http://localhost:5173"],
            resources: ["store.yaml": store.replacing("metadata:\n\n", with: "metadata: []\n")],
            environment: ["KEY": "SECRETPW1"]
        )
        let port = try await program.port()
        for (lines, status) in [
            ("Host: evil.example:\(port)\r\nOrigin: http://evil.example:\(port)", 403), ("Host: evil.example", 403),
            ("Host: localhost:\(port)\r\nOrigin: http://evil.example", 403), ("Host: localhost:\(port)", 200),
            ("Host: 127.0.0.1:\(port)\r\nOrigin: http://localhost:5173", 200),
        ] {
            let client = try RawClient(port: port)
            client.send("GET /v1.0/secrets/store/KEY HTTP/1.1\r\n\(lines)\r\nConnection: close\r\n\r\n")
            let answer = client.receive().text
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(lines): \(answer)")
            #expect(answer.contains("SECRETPW1") == (status == 200))
        }
        let client = try RawClient(port: port)
        client.send("POST /v1.0/shutdown HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\nContent-Length: 0\r\n\r\n")
        #expect(client.receive(until: "}").text.hasPrefix("HTTP/1.1 403 "))
        #expect(program.process.isRunning)
        program.signal(SIGTERM)
        #expect(try await program.end() == 0)
    }

    @Test func `the API is on both addresses of localhost, where the system has them`() async throws {
        let program = try SidecarProgram(["--enable-metrics=false"])
        let port = String(try await program.port(), radix: 16, uppercase: true)
        let end = ":" + String(repeating: "0", count: 4 - port.count) + port
        func listens(_ table: String, _ address: String) throws -> Bool {
            try String(contentsOfFile: table, encoding: .utf8).contains(" \(address)\(end) ")
        }
        #expect(try listens("/proc/net/tcp", "0100007F"))
        // A system without IPv6 lacks the file.
        let interfaces = (try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8)) ?? ""
        if interfaces.contains(String(repeating: "0", count: 31) + "1 ") {
            #expect(try listens("/proc/net/tcp6", "00000000000000000000000001000000"))
        }
        program.signal(SIGTERM)
        #expect(try await program.end() == 0)
    }
}
