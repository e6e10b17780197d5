import DaprJSON
import DaprLibcurl
import Foundation
import Glibc
import Testing

/// `task-server deadletter …` against real programs.
struct DeadLetterTests {
    private func tool(_ installation: Installation, _ arguments: [String]) async throws -> (code: Int32?, text: String)
    {
        try await installation.tool(["deadletter"] + arguments)
    }

    /// Publishes a command as another service does, with no more than HTTP.
    private func publish(_ installation: Installation, _ type: String, _ id: String, _ data: String) async throws {
        let event = #"{"specversion":"1.0","id":"\#(id)","source":"/shell","type":"\#(type)","data":\#(data)}"#
        let path = "http://127.0.0.1:\(installation.sidecarPort)/v1.0/publish/pubsub/task-commands"
        let response = try await installation.call("POST", path, body: event, type: "application/cloudevents+json")
        try #require(response.status == 204)
    }

    @Test func `an event is refused, listed, shown, redriven and carried out`() async throws {
        try await Installation.with { installation in
            let sidecar = try await installation.startSidecar()
            let server = try await installation.startServer()
            try await installation.waitUntilReady()
            let end = ContinuousClock.now + .seconds(30)
            // What is published before the sidecar has its subscriptions goes nowhere.
            while try !sidecar.output().contains("the app is ready") {
                try #require(ContinuousClock.now < end)
                try await Task.sleep(for: .milliseconds(20))
            }
            let task = "0190d5a0-0000-7000-8000-000000000001"
            try await publish(installation, "task.complete", "late", #"{"user_id":"demo","id":"\#(task)"}"#)

            var listed: JSONValue = .null
            while listed["dead_letters"]?.arrayValue?.count != 1 {
                try #require(ContinuousClock.now < end, "no dead letter: \(listed)")
                let (code, text) = try await tool(installation, ["list", "--json"])
                try #require(code == 0, "\(text)")
                listed = try JSONValue(parsing: Array(text.utf8))
                try await Task.sleep(for: .milliseconds(50))
            }
            let letter = try #require(listed["dead_letters"]?[0])
            let id = try #require(letter["id"]?.stringValue)
            #expect(letter["code"] == "TASK_NOT_FOUND")
            #expect(letter["event_id"] == "late")
            #expect(try await tool(installation, ["list"]).text.contains("\(id)  "))
            let shown = try JSONValue(parsing: Array(await tool(installation, ["show", id]).text.utf8))
            #expect(shown["event"]?["data"]?["id"]?.stringValue == task)

            try await publish(installation, "task.create", "early", #"{"user_id":"demo","id":"\#(task)","title":"x"}"#)
            while try await installation.send("GET", "/api/tasks/\(task)").status != 200 {
                try #require(ContinuousClock.now < end)
                try await Task.sleep(for: .milliseconds(20))
            }
            let redriven = try await tool(installation, ["redrive", "--all"])
            #expect(redriven.code == 0)
            #expect(redriven.text.contains("\(id)  redriven"))
            var body: JSONValue = .null
            while body["sequence"]?.intValue != 2 {
                try #require(ContinuousClock.now < end, "\(body)")
                body = try JSONValue(parsing: await installation.send("GET", "/api/activity").body)
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(body["streak"] == ["current": 1, "longest": 1])
            #expect(body["recent"]?[0]?["type"] == "task.completed")
            #expect(try await tool(installation, ["list"]).text.hasPrefix("0 kept"))
            for arguments in [
                ["show", id], ["redrive", id], ["remove", id], ["show", "x"], ["redrive"], ["redrive", id, "--all"],
            ] {
                let (code, text) = try await tool(installation, arguments)
                #expect(code == 1, "\(arguments): \(text)")
                #expect(text.contains("task-server: "), "\(text)")
            }
            try await server.end(SIGTERM)
            try await sidecar.end(SIGTERM)
        }
    }
}
