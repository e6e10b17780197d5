import Dapr
import DaprJSON
import DaprLog
import DaprMetrics
import DaprTesting
import Foundation
import TaskJSON
import Tasks
import TasksDapr
import TestSupport
import TestTools
import Testing

@testable import TaskEvents

/// Every field goes everywhere: what one part of the service passed over would be missing here.
struct FieldWalkTests {
    private static let time = Timestamp(clamping: 1_767_323_045_678)

    /// A value that a new task does not have, as a client gives it and as it is answered.
    private static func sample(_ field: TaskField) -> JSONValue {
        switch field {
        case .title: "new"
        case .description: "more\nof it"
        case .status: "in_progress"
        case .priority: "high"
        case .tags: ["a", "b"]
        case .dueDate: "2026-02-03T04:05:06.000Z"
        }
    }

    /// A sidecar with a task in its store that was created with a title, and then given a value for each field, one after another.
    private static func withTask(
        _ body: (TaskID, OwnerID, JournalTaskService, DaprClient, Subscriber) async throws -> Void
    ) async throws {
        let app = Subscriber()
        var configuration = EmbeddedSidecar.Configuration(appID: "a")
        configuration.app = app
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let maker = TaskIDMaker(now: { time })
            let dapr = DaprClient(transport: sidecar.transport)
            let service = JournalTaskService(
                dapr: dapr,
                store: "statestore",
                pubsub: "pubsub",
                topic: "tasks",
                configuration: .ofServer,
                now: { time },
                newID: { maker.next() },
                logger: .silent,
                metrics: MetricsRegistry()
            )
            let relay = Task { await service.run() }
            let owner = try #require(OwnerID("ann"))
            let context = CommandContext(actor: owner, channel: .rest)
            let create = TaskCommand.create(try TaskContent(fields: [("title", .string("old"))]), id: nil)
            let id = try #require(try await service.perform(create, owner: owner, context: context).task).id
            for field in TaskField.allCases {
                let patch = try TaskPatch(fields: [(field.rawValue, FieldValue(sample(field)))])
                _ = try await service.perform(.patch(id, patch), owner: owner, context: context)
            }
            let result: Result<Void, any Error>
            do { result = .success(try await body(id, owner, service, dapr, app)) } catch { result = .failure(error) }
            relay.cancel()
            await relay.value
            try result.get()
        }
    }

    private static func changes(_ field: TaskField) throws -> JSONValue {
        let new = try TaskContent(fields: [("title", .string("old"))])
        return .object([
            field.rawValue: ["after": sample(field), "before": JSONValue(new.value(of: field))]
        ])
    }

    @Test func `every field that is set is stored, listed, published and in the history`() async throws {
        try await Self.withTask { id, owner, service, _, app in
            let document = try await service.document(id, owner: owner, trace: nil)
            let stored = try JSONValue(parsing: document.bytes)
            #expect(stored.objectValue?.keys == TaskMember.sorted.map(\.name))
            let page = try await service.list(TaskQuery(), owner: owner, trace: nil)
            #expect(try JSONValue(parsing: page.json(TaskMember.sorted, nextCursor: nil))["items"] == [stored])
            #expect(page.items.map(\.json) == [stored])
            let fields = TaskField.allCases
            try await eventually("all are published") { app.events.count == fields.count + 1 }
            let history = try await service.history(of: id, cursor: nil, limit: 100, owner: owner, trace: nil)
            let feed = try await service.changes(since: 1, limit: 100, owner: owner, trace: nil)
            #expect(feed.changes.map(\.json) == history.changes.reversed().dropFirst().map(\.json))
            for (field, (event, change)) in zip(fields, zip(app.events.dropFirst(), feed.changes.map(\.json))) {
                #expect(stored[field.rawValue] == Self.sample(field))
                #expect(event["data"]?[field.rawValue] == Self.sample(field))
                #expect(event["data"]?["changes"] == (try Self.changes(field)))
                #expect(change["task"]?[field.rawValue] == Self.sample(field))
                #expect(change["changes"] == (try Self.changes(field)))
            }
            // A task that is new, and one that is no more, are told of whole.
            #expect(app.events.first?["data"]?["changes"]?.objectValue?.keys == TaskField.sorted.map(\.rawValue))
            #expect(
                history.changes.last?.json["changes"]?.objectValue?.keys == TaskField.sorted.map(\.rawValue)
            )
        }
    }

    @Test func `every field is exported, and imported under another owner`() async throws {
        try await Self.withTask { id, owner, service, dapr, _ in
            func export(_ dapr: DaprClient, _ owner: OwnerID) async throws -> [[UInt8]] {
                var lines: [[UInt8]] = []
                _ = try await BookExport(dapr: dapr, store: "statestore", owner: owner).run { lines.append($0) }
                return lines
            }
            let lines = try await export(dapr, owner)
            let exported = try #require(
                try lines.lazy.map { try JSONValue(parsing: $0) }.compactMap { $0["task"] }.first
            )
            for field in TaskField.allCases { #expect(exported[field.rawValue] == Self.sample(field)) }

            let other = try #require(OwnerID("bob"))
            try await EmbeddedSidecar.with(EmbeddedSidecar.Configuration(appID: "b")) { sidecar in
                let dapr = DaprClient(transport: sidecar.transport)
                let file = try BookFile(parsing: Array(lines.joined(separator: [10])) + [10], for: other)
                _ = try await BookImport(dapr: dapr, store: "statestore", file: file).run()
                let renamed = lines.map { String(decoding: $0, as: UTF8.self).replacing(#""ann""#, with: #""bob""#) }
                #expect(try await export(dapr, other).map { String(decoding: $0, as: UTF8.self) } == renamed)
            }
        }
    }

    @Test func `every field is in the schemas of the API`() async throws {
        let schemas = ["Task": TaskSchema.task, "TaskDraft": TaskSchema.draft, "TaskPatch": TaskSchema.patch]
        let completed = TaskMark.completed.rawValue
        let accepted = (TaskField.allCases.map(\.rawValue) + [completed]).sorted()
        for name in ["TaskDraft", "TaskPatch"] {
            #expect(schemas[name]?["properties"]?.objectValue?.keys == accepted, "\(name)")
        }
        let members = TaskMember.sorted.map(\.name)
        #expect(schemas["Task"]?["properties"]?.objectValue?.keys == members)
        #expect(schemas["Task"]?["required"]?.arrayValue?.compactMap(\.stringValue) == members)
        for field in TaskField.allCases {
            let value = JSONValue.object([field.rawValue: Self.sample(field)])
            #expect(try JSONSchema(try #require(schemas["TaskPatch"])).faults(of: value).isEmpty)
        }
    }

    @Test func `every field is in the schemas of events and commands`() throws {
        let folder = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("schemas")
        func data(_ type: String) throws -> JSONValue {
            let file = try JSONValue(parsing: Array(Data(contentsOf: folder.appendingPathComponent("\(type).json"))))
            return try #require(file["properties"]?["data"])
        }
        let fields = TaskField.allCases.map(\.rawValue)
        for kind in TaskChange.Kind.allCases {
            let data = try data(kind.eventType)
            let members = (TaskMember.sorted.map(\.name) + ["changes"]).sorted()
            #expect(data["properties"]?.objectValue?.keys == members, "\(kind)")
            #expect(data["required"]?.arrayValue?.compactMap(\.stringValue).sorted() == members, "\(kind)")
            #expect(
                data["properties"]?["changes"]?["properties"]?.objectValue?.keys == fields.sorted(),
                "\(kind)"
            )
        }
        for kind in [TaskCommandEvent.Kind.create, .update] {
            let properties = try #require(try data(kind.rawValue)["properties"]?.objectValue)
            for field in fields { #expect(properties[field] != nil, "\(kind.rawValue) \(field)") }
        }
    }
}
