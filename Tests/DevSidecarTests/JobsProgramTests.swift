import Foundation
import Testing

/// Jobs of the built program, which is killed in between.
struct JobsProgramTests {
    @Test func `a job that was answered for outlives kill -9, and runs when its application is there`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "jobs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "jobs.sqlite").path
        let first = try SidecarProgram(["--jobs-file", file])
        let origin = "http://127.0.0.1:\(try await first.port())/v1.0/jobs"
        for name in ["due", "later"] {
            let due = name == "due" ? "0s" : "1h"
            #expect(try await Self.call("POST", "\(origin)/\(name)", #"{"dueTime":"\#(due)","data":"x"}"#) == 204)
        }
        first.signal(SIGKILL)
        _ = try await first.end()
        let second = try SidecarProgram(["--jobs-file", file])
        let again = "http://127.0.0.1:\(try await second.port())/v1.0/jobs"
        // Without an application nothing is delivered, and nothing is lost.
        for name in ["due", "later"] { #expect(try await Self.call("GET", "\(again)/\(name)") == 200) }
        #expect(try await Self.call("DELETE", "\(again)/later") == 204)
        second.signal(SIGKILL)
        _ = try await second.end()
        let third = try SidecarProgram(["--jobs-file", file])
        let last = "http://127.0.0.1:\(try await third.port())/v1.0/jobs"
        #expect(try await Self.call("GET", "\(last)/due") == 200)
        #expect(try await Self.call("GET", "\(last)/later") == 500)
        third.signal(SIGTERM)
        #expect(try await third.end() == 0)
    }

    @Test func `a jobs file that cannot be opened ends the start by name`() async throws {
        let program = try SidecarProgram(["--jobs-file", "/nowhere/jobs.sqlite"])
        #expect(try await program.end() == 1)
        #expect(program.log.contains("/nowhere/jobs.sqlite: cannot be opened: jobs cannot be kept here"))
    }

    private static func call(_ method: String, _ url: String, _ body: String? = nil) async throws -> Int {
        let curl = Process()
        curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        curl.arguments =
            ["curl", "-s", "-m", "10", "-o", "/dev/null", "-w", "%{http_code}", "-X", method, url]
            + (body.map { ["-d", $0] } ?? [])
        let output = Pipe()
        curl.standardOutput = output
        try curl.run()
        curl.waitUntilExit()
        return Int(String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)) ?? 0
    }
}
