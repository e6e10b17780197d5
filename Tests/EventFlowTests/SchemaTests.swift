import Dapr
import DaprJSON
import DaprLog
import DaprMetrics
import DaprSidecar
import DaprTesting
import Foundation
import Synchronization
import Tasks
import TasksDapr
import TestSupport
import TestTools
import Testing

@testable import TaskEvents

/// The files of `schemas/` against what is really published and accepted.
struct SchemaTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("schemas")

    private static func document(_ type: String) throws -> JSONValue {
        try JSONValue(parsing: Array(Data(contentsOf: folder.appendingPathComponent("\(type).json"))))
    }

    private static func schema(_ type: String) throws -> JSONSchema { try JSONSchema(document(type)) }

    private static let commands = TaskCommandEvent.Kind.allCases.map(\.rawValue)
    private static let events = TaskChange.Kind.allCases.map { "task.\($0.rawValue)" }
    private static let task = "0190d5a0-0000-7000-8000-000000000001"

    @Test func `there is a schema for each command and each event, and no other file`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(files.sorted() == (Self.commands + Self.events).map { "\($0).json" }.sorted())
        for type in Self.commands + Self.events {
            _ = try Self.schema(type)
            let document = try Self.document(type)
            let family = Self.commands.contains(type) ? "command" : "event"
            #expect(document["$id"]?.stringValue == "urn:dapr-tasks:\(family):\(type):1")
            #expect(document["properties"]?["type"]?["const"]?.stringValue == type)
        }
        for type in Self.commands {
            let data = try Self.document(type)["properties"]?["data"]
            #expect(data?["properties"]?["v"]?["const"]?.intValue == TaskCommandEvent.format)
        }
    }

    @Test func `every event that a subscriber gets is valid, and none of its fields is left out`() async throws {
        let app = Subscriber()
        var configuration = EmbeddedSidecar.Configuration(appID: "a")
        configuration.app = app
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let maker = TaskIDMaker(now: { Timestamp(clamping: 1_767_323_045_678) })
            let service = JournalTaskService(
                dapr: DaprClient(transport: sidecar.transport),
                store: "statestore",
                pubsub: "pubsub",
                topic: "tasks",
                configuration: .ofServer,
                now: { Timestamp(clamping: 1_767_323_045_678) },
                newID: { maker.next() },
                logger: .silent,
                metrics: MetricsRegistry()
            )
            let relay = Task { await service.run() }
            let count = try await Self.history(service)
            try await eventually("all are published") { app.events.count == count }
            relay.cancel()
            await relay.value
        }
        var types: Set<String> = []
        for event in app.events {
            let type = try #require(event["type"]?.stringValue)
            types.insert(type)
            let faults = try Self.schema(type).faults(of: event)
            #expect(faults.isEmpty, "\(type): \(faults) in \(event)")
            let fields = try Self.document(type)["properties"]?["data"]?["properties"]?.objectValue?.keys.sorted()
            #expect(event["data"]?.objectValue?.keys.sorted() == fields)
            // As a replay has it.
            for (mark, isValid) in [(true, true), (false, false)] {
                var again = try #require(event.objectValue)
                again["replay"] = .bool(mark)
                #expect(try Self.schema(type).faults(of: .object(again)).isEmpty == isValid)
            }
        }
        #expect(types == Set(Self.events))
    }

    /// Does everything that can happen to a task, and says how many changes that were.
    private static func history(_ service: JournalTaskService) async throws -> Int {
        var count = 0
        for name in ["ann", "a:b/é|\u{1F600}"] {
            let owner = try #require(OwnerID(name))
            func perform(_ command: TaskCommand) async throws -> TaskItem? {
                let context = CommandContext(
                    actor: owner,
                    channel: .rest,
                    trace: CallerTrace(parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
                )
                count += 1
                return try await service.perform(command, owner: owner, context: context).task
            }
            var full = TaskContent(title: String(repeating: "\u{1F600}", count: 200))
            full.description = "line\n\ttab"
            full.tags = (0..<20).map { "tag \($0)" }
            full.dueDate = .time(.epoch)
            full.priority = .high
            for draft in [TaskContent(title: "<x> \"y\""), full, TaskContent(title: "done", status: .done)] {
                let id = try #require(try await perform(.create(draft, id: nil))).id
                let isDone = draft.status == .done
                _ = try await perform(isDone ? .reopen(id) : .complete(id))
                _ = try await perform(isDone ? .complete(id) : .reopen(id))
                for (field, value) in [
                    ("title", FieldValue.string("new")), ("description", .string("new")),
                    ("status", .string("in_progress")),
                    ("priority", .string("low")), ("tags", .list([.string("new")])),
                    ("due_date", .string("2026-02-03T04:05:06Z")), ("due_date", .string("2026-02-03")),
                ] {
                    _ = try await perform(.patch(id, TaskPatch(fields: [(field, value)])))
                }
                _ = try await perform(.replace(id, TaskContent(title: "all new", status: .done)))
                _ = try await perform(.delete(id))
            }
        }
        return count
    }

    /// Data of commands, valid and not, without the user: what the schema says of each must be what the service does.
    private static let samples: [(types: [String], fields: String)] = [
        (commands, ""), (commands, #""id":"\#(task)""#), (commands, #""id":"7""#), (commands, #""id":null"#),
        (commands, #""id":"\#(task)","v":1"#), (commands, #""id":"\#(task)","v":2"#),
        (commands, #""id":"\#(task)","v":"1""#), (commands, #""id":"\#(task)","nonsense":1"#),
        (commands, #""id":"\#(task)","title":"x""#), (commands, #""id":"\#(task)","title":"x","version":1"#),
        (commands, #""id":"\#(task)","version":1"#), (commands, #""id":"\#(task)","version":0"#),
        (commands, #""id":"\#(task)","version":1.5"#), (commands, #""id":"\#(task)","version":null"#),
        (commands, #""title":"x""#), (commands, #""title":"x","created_at":"2026-01-02T03:04:05Z""#),
    ]

    private static let operations = [
        "null", "[]", "{}", "[7]", "[{}]", #"[{"op":"make"}]"#, #"[{"op":"create"}]"#,
        #"[{"op":"create","task":{"title":"x"}}]"#, #"[{"op":"create","task":{"title":""}}]"#,
        #"[{"op":"create","as":"a","task":{"title":"x"}},{"op":"complete","id":"$a"}]"#,
        #"[{"op":"create","as":"a b","task":{"title":"x"}}]"#,
        #"[{"op":"create","id":"\#(task)","task":{"title":"x"}}]"#,
        #"[{"op":"complete","id":"\#(task)"}]"#, #"[{"op":"complete","id":"7"}]"#, #"[{"op":"complete"}]"#,
        #"[{"op":"complete","id":"\#(task)","task":{}}]"#, #"[{"op":"complete","id":"\#(task)","merge":true}]"#,
        #"[{"op":"complete","id":"\#(task)","merge":true,"if_match":3}]"#,
        #"[{"op":"complete","id":"\#(task)","if_match":0}]"#, #"[{"op":"delete","id":"\#(task)","if_match":3}]"#,
        #"[{"op":"delete","id":"\#(task)","if_match":3,"merge":true}]"#,
        #"[{"op":"patch","id":"\#(task)"}]"#, #"[{"op":"patch","id":"\#(task)","task":{"priority":"high"}}]"#,
        #"[{"op":"patch","id":"\#(task)","task":{"created_at":"2026-01-02T03:04:05Z"}}]"#,
        #"[{"op":"patch","id":"\#(task)","task":{},"edits":[]}]"#,
        #"[{"op":"patch","id":"\#(task)","edits":[{"op":"add","path":"/tags/-","value":"x"}]}]"#,
        #"[{"op":"patch","id":"\#(task)","edits":[{"op":"add","path":"/tags/-"}]}]"#,
        #"[{"op":"patch","id":"\#(task)","edits":[{"op":"add","path":"tags","value":1}]}]"#,
        #"[{"op":"patch","id":"\#(task)","edits":[{"op":"move","path":"/tags/0","from":"/tags/1"}]}]"#,
        #"[{"op":"patch","id":"\#(task)","edits":[{"op":"move","path":"/tags/0"}]}]"#,
        #"[{"op":"replace","id":"\#(task)","task":{"title":"x","version":3}}]"#,
        #"[{"op":"replace","id":"\#(task)","task":{"priority":"high"}}]"#,
        "[\((0..<101).map { _ in #"{"op":"complete","id":"\#(task)"}"# }.joined(separator: ","))]",
    ]

    private static let fields = [
        #""title":"""#, #""title":"  ""#, #""title":null"#, #""title":7"#, #""title":"a\u0007b""#,
        #""title":"\ud83d\ude00""#,
        #""title":"\#(String(repeating: "x", count: 200))""#, #""title":"\#(String(repeating: "x", count: 201))""#,
        #""title":"x","description":null"#, #""title":"x","description":"a\nb\tc""#,
        #""title":"x","description":"a\u0000""#,
        #""title":"x","description":"\#(String(repeating: "x", count: 10_001))""#, #""title":"x","description":[]"#,
        #""title":"x","status":"todo""#, #""title":"x","status":"begun""#, #""title":"x","status":null"#,
        #""title":"x","completed":true"#, #""title":"x","completed":null"#, #""title":"x","completed":"true""#,
        #""title":"x","completed":true,"status":"done""#, #""title":"x","completed":true,"status":"todo""#,
        #""title":"x","completed":false,"status":"done""#, #""title":"x","completed":false,"status":"in_progress""#,
        #""title":"x","priority":"low""#, #""title":"x","priority":"urgent""#, #""title":"x","priority":null"#,
        #""title":"x","due_date":"2026-01-02T03:04:05+01:00""#, #""title":"x","due_date":"tomorrow""#,
        #""title":"x","due_date":"2026-02-28""#, #""title":"x","due_date":"2026-02-29""#,
        #""title":"x","due_date":"2026-12-31T23:59:60Z""#, #""title":"x","due_date":"2026-12-31T24:00:00Z""#,
        #""title":"x","due_date":null"#, #""title":"x","due_date":7"#, #""title":"x","tags":[]"#,
        #""title":"x","tags":null"#,
        #""title":"x","tags":["a","b"]"#, #""title":"x","tags":["a","a"]"#, #""title":"x","tags":[""]"#,
        #""title":"x","tags":[7]"#,
        #""title":"x","tags":"a""#, #""title":"x","tags":["\#(String(repeating: "x", count: 51))"]"#,
        #""title":"x","tags":[\#((0..<21).map { "\"\($0)\"" }.joined(separator: ","))]"#,
    ]

    @Test func `what the schema of a command allows is what the service takes`() throws {
        var samples = Self.samples.flatMap { sample in sample.types.map { ($0, sample.fields) } }
        samples += Self.fields.flatMap { [("task.create", $0), ("task.update", #""id":"\#(Self.task)",\#($0)"#)] }
        samples += Self.operations.map { ("task.batch", #""operations":\#($0)"#) }
        var verdicts: [Bool: Int] = [:]
        for (type, fields) in samples {
            for user in [#""user_id":"demo""#, #""user_id":"""#, #""user_id":null"#, ""] {
                let data = "{" + [user, fields].filter { !$0.isEmpty }.joined(separator: ",") + "}"
                let text = #"{"specversion":"1.0","id":"1","source":"/s","type":"\#(type)","data":\#(data)}"#
                let isTaken = try isTaken(text)
                let faults = try Self.schema(type).faults(of: JSONValue(parsing: Array(text.utf8)))
                #expect(faults.isEmpty == isTaken, "\(type) \(data.prefix(200)): \(faults)")
                verdicts[isTaken, default: 0] += 1
            }
        }
        #expect(verdicts[true] ?? 0 > 30)
        #expect(verdicts[false] ?? 0 > 200)
    }

    @Test(arguments: [
        #"{"specversion":"1.0","id":"1","source":"/s","type":"task.create"}"#,
        #"{"specversion":"1.0","id":"","source":"/s","type":"task.create","data":{"user_id":"a","title":"x"}}"#,
        #"{"specversion":"2.0","id":"1","source":"/s","type":"task.create","data":{"user_id":"a","title":"x"}}"#,
        #"{"specversion":"1.0","id":"1","type":"task.create","data":{"user_id":"a","title":"x"}}"#,
        #"{"specversion":"1.0","id":"1","source":"/s","type":"task.make","data":{"user_id":"a","title":"x"}}"#,
        #"{"specversion":"1.0","id":"1","source":"/s","type":"task.create","data":[]}"#, "[]",
        #"{"specversion":"1.0","id":"\#(String(repeating: "e", count: 256))","source":"/s","type":"task.create","data":{"user_id":"a","title":"x"}}"#,
    ])
    func `an envelope that the service refuses the schema refuses too`(text: String) throws {
        #expect(try !isTaken(text))
        #expect(try !Self.schema("task.create").faults(of: JSONValue(parsing: Array(text.utf8))).isEmpty)
    }

    private func isTaken(_ text: String) throws -> Bool {
        guard let event = try? CloudEvent(decoding: Array(text.utf8)) else { return false }
        do throws(EventRefusal) {
            _ = try TaskCommandEvent(event)
            return true
        } catch {
            return false
        }
    }

    @Test(arguments: [
        #"{"type":"object","oneOf":[]}"#, #"{"properties":{"a":{"minProperties":1}}}"#,
        #"{"items":{"format":"email"}}"#,
        ##"{"$ref":"#/$defs/none"}"##, #"{"additionalProperties":{}}"#, #"{"$defs":{"a":{"if":true}}}"#, "true",
    ])
    func `a schema that cannot be checked wholly is not checked at all`(text: String) throws {
        let document = try JSONValue(parsing: Array(text.utf8))
        #expect(throws: JSONSchema.Unsupported.self) { try JSONSchema(document) }
    }

    @Test(arguments: [
        (#"{"type":"integer","minimum":2}"#, "2", "1"), (#"{"type":["string","null"]}"#, "null", "true"),
        (#"{"required":["a"],"properties":{"a":{"const":1}},"additionalProperties":false}"#, #"{"a":1}"#, #"{"a":2}"#),
        (#"{"required":["a"],"properties":{"a":{}}}"#, #"{"a":null,"b":1}"#, "{}"),
        (#"{"properties":{"a":{}},"additionalProperties":false}"#, "{}", #"{"b":1}"#),
        (#"{"items":{"enum":[1,"x"]},"maxItems":2,"uniqueItems":true}"#, #"[1,"x"]"#, "[1,1]"),
        (#"{"items":{"enum":[1,"x"]}}"#, "[]", "[2]"), (#"{"maxItems":1}"#, "[1]", "[1,2]"),
        (#"{"minItems":1}"#, "[1]", "[]"),
        (#"{"minLength":1,"maxLength":2,"pattern":"^a"}"#, #""ab""#, #""abc""#),
        (#"{"pattern":"^a"}"#, #""a""#, #""b""#),
        (#"{"minLength":1}"#, #""a""#, #""""#), (#"{"format":"date-time"}"#, #""2026-01-02T03:04:05Z""#, #""now""#),
        (#"{"anyOf":[{"const":1},{"const":2}]}"#, "2", "3"), (#"{"not":{"const":1}}"#, "2", "1"),
        (##"{"$ref":"#/$defs/a","$defs":{"a":{"type":"string"}}}"##, #""x""#, "1"),
    ])
    func `the validator tells right from wrong`(schema: String, right: String, wrong: String) throws {
        let schema = try JSONSchema(JSONValue(parsing: Array(schema.utf8)))
        #expect(try schema.faults(of: JSONValue(parsing: Array(right.utf8))).isEmpty)
        #expect(try !schema.faults(of: JSONValue(parsing: Array(wrong.utf8))).isEmpty)
    }
}
