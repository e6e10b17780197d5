import DaprJSON
import DaprLibcurl
import Foundation
import Glibc

/// Commands that come in bulk, as a sidecar whose broker has bulks of its own brings them.
extension FaultScene {
    /// A command as a sidecar brings it.
    func command(_ title: String, of owner: String, description: String = "") -> JSONValue {
        [
            "specversion": "1.0", "id": .string("event of \(title)"), "source": "/bulk", "type": "task.create",
            "data": ["user_id": .string(owner), "title": .string(title), "description": .string(description)],
        ]
    }

    /// Delivers commands with one request: how each was answered, or nothing without an answer.
    func deliver(_ commands: [JSONValue], to index: Int) async throws -> (status: Int, answers: [String])? {
        let entries = commands.enumerated().map { number, event -> JSONValue in
            [
                "entryId": .string("\(number)"), "event": event, "contentType": "application/cloudevents+json",
                "metadata": [:],
            ]
        }
        let bulk: JSONValue = [
            "id": .string(UUID().uuidString), "entries": .array(entries), "metadata": [:], "pubsubname": "pubsub",
            "topic": "task-commands", "type": "com.dapr.event.sent.bulk",
        ]
        let answer = try? await installation.call(
            "POST",
            "http://127.0.0.1:\(installation.ports[index])/events/task-commands",
            body: String(decoding: bulk.serialized(), as: UTF8.self)
        )
        guard let answer else { return nil }
        let statuses = answer.status == 200 ? try JSONValue(parsing: answer.body)["statuses"]?.arrayValue : []
        return (answer.status, (statuses ?? []).compactMap { $0["status"]?.stringValue })
    }

    func titles(of owner: String) async throws -> [String] {
        var titles: [String] = []
        var next = 1
        while let changes = try await installation.state("log:\(owner):\(next)")?["changes"]?.arrayValue {
            titles += changes.compactMap { $0["task"]?["title"]?.stringValue }
            next += changes.count
        }
        return titles.sorted()
    }

    mutating func deliverBulks() async throws {
        owners = ["demo", "ann", "bob"]
        try await start(0)
        try await start(1)
        // The longest that a broker may have, with a byte of which a sidecar makes six, among short ones.
        let long = String(repeating: "<", count: 1 << 20)
        let mixed = [
            command("ann 0", of: "ann"), command("long", of: "ann", description: long), command("ann 1", of: "ann"),
            command("demo 0", of: "demo"), command("wrong", of: "ann", description: String(long.prefix(20_000))),
        ]
        let answered = try await deliver(mixed, to: 0)
        try hold(answered?.status == 200, "a delivery of five was answered \(answered?.status ?? 0)")
        try hold(
            answered?.answers == ["SUCCESS", "DROP", "SUCCESS", "SUCCESS", "SUCCESS"],
            "neighbours of a long command: \(answered?.answers ?? [])"
        )
        let many = (2..<6).map { command("ann \($0)", of: "ann") }
        let filler = String(repeating: "x", count: 1 << 20)
        let over = many + (0..<37).map { command("filler \($0)", of: "ann", description: filler) }
        let refused = try await deliver(over, to: 0)
        try hold(refused.map { $0.status == 413 } ?? true, "a delivery of 37 MiB was answered \(refused?.status ?? 0)")
        try await hold(titles(of: "ann") == ["ann 0", "ann 1"], "of a refused delivery something was carried out")
        for event in many {
            let answer = try await deliver([event], to: 1)
            try hold(answer?.answers == ["SUCCESS"], "a command that came again: \(answer?.answers ?? [])")
        }
        // One whose server dies while one owner's are written and another's are not.
        let last = (6..<10).map { command("ann \($0)", of: "ann") } + (0..<4).map { command("bob \($0)", of: "bob") }
        async let lost = deliver(last, to: 0)
        try await injected("log:bob:")
        try await kill(0)
        let none = try await lost
        try hold(none == nil, "a delivery that was cut off was answered")
        let again = try await deliver(last, to: 1)
        try hold(again?.answers == Array(repeating: "SUCCESS", count: 8), "it came again: \(again?.answers ?? [])")
        try await hold(titles(of: "ann") == (0..<10).map { "ann \($0)" }, "commands of ann are lost or doubled")
        try await hold(titles(of: "bob") == (0..<4).map { "bob \($0)" }, "commands of bob are lost or doubled")
    }
}
