import Dapr
import DaprJSON
import DaprSidecar
import DaprSidecarPostgres
import DaprSidecarSQLite
import DaprTesting
import Foundation
import TestSupport
import Testing

/// A write that a store refuses tells a stale ETag from a key that exists, as far as the store tells them apart.
private enum RefusedWrites {
    private typealias Write = @Sendable (DaprClient) async throws(DaprError) -> Void

    /// Has writes of every form refused; `tellsBoth` is whether the store tells, of a transaction with conditions of both sorts, which of
    /// them did not hold.
    static func check(_ store: ComponentDefinition, _ type: StateStoreType, tellsBoth: Bool) async throws {
        var configuration = EmbeddedSidecar.Configuration(appID: "refused")
        configuration.resources.components = [store]
        configuration.stateStoreTypes = [type]
        try await EmbeddedSidecar.with(configuration) { sidecar in
            let dapr = DaprClient(transport: sidecar.transport)
            try await dapr.saveState([StateItem("there", value: 1), StateItem("changed", value: 1)], in: "statestore")
            let stale = try #require(try await dapr.getState("changed", in: "statestore")?.etag)
            try await dapr.saveState([StateItem("changed", value: 2)], in: "statestore")
            let current = try #require(try await dapr.getState("changed", in: "statestore")?.etag)
            for (words, write, kind) in single(stale) + transactions(stale, current, tellsBoth: tellsBoth) {
                let error = try await #require(throws: DaprError.self, "\(words)") { try await write(dapr) }
                #expect(error.kind == kind, "\(words): \(error.debugDescription)")
                #expect(error.anotherWroteFirst && !error.outcomeUnknown, "\(words)")
                let all = try await dapr.getBulkState(["there", "changed", "new", "other"], in: "statestore")
                let values = try all.mapValues { try $0.entry?.decoded(Int.self) }
                #expect(values == ["there": 1, "changed": 2, "new": nil, "other": nil], "\(words)")
            }
            for (words, write, kind) in several(stale) {
                let error = try await #require(throws: DaprError.self, "\(words)") { try await write(dapr) }
                #expect(error.kind == kind, "\(words): \(error.debugDescription)")
                #expect(error.anotherWroteFirst && error.outcomeUnknown, "\(words)")
            }
        }
    }

    private static let other = StateItem("other", value: 9)
    private static func first(_ key: StateKey) -> StateItem { StateItem(key, value: 9, concurrency: .firstWrite) }
    private static func changed(_ etag: ETag) -> StateItem { StateItem("changed", value: 9, etag: etag) }

    private static func save(_ items: StateItem...) -> Write {
        { dapr throws(DaprError) in try await dapr.saveState(items, in: "statestore") }
    }

    private static func transact(_ steps: StateOperation...) -> Write {
        { dapr throws(DaprError) in try await dapr.transactState(steps, in: "statestore") }
    }

    private static func single(_ stale: ETag) -> [(String, Write, DaprError.Kind)] {
        let delete: Write = { dapr throws(DaprError) in
            try await dapr.deleteState("there", in: "statestore", etag: stale)
        }
        var firstWithETag = changed(stale)
        firstWithETag.concurrency = .firstWrite
        return [
            ("a first write of a key that exists", save(first("there")), .alreadyExists),
            ("a write with a stale ETag", save(changed(stale)), .conflict),
            ("a first write with a stale ETag", save(firstWithETag), .conflict),
            (
                "a write with an ETag of a key that is not there", save(StateItem("new", value: 9, etag: stale)),
                .conflict
            ),
            ("a removal with a stale ETag", delete, .conflict),
        ]
    }

    private static func transactions(
        _ stale: ETag,
        _ current: ETag,
        tellsBoth: Bool
    ) -> [(String, Write, DaprError.Kind)] {
        let toldToExist: DaprError.Kind = tellsBoth ? .alreadyExists : .conflict
        return [
            ("one first write", transact(.upsert(other), .upsert(first("there"))), .alreadyExists),
            ("two first writes", transact(.upsert(first("new")), .upsert(first("there"))), .alreadyExists),
            ("a stale ETag", transact(.upsert(changed(stale)), .upsert(other)), .conflict),
            ("a removal with one", transact(.upsert(other), .delete("changed", etag: stale)), .conflict),
            ("both, the key exists", transact(.upsert(changed(current)), .upsert(first("there"))), toldToExist),
            ("both, and first", transact(.upsert(first("there")), .delete("changed", etag: current)), toldToExist),
            ("both, the ETag is stale", transact(.upsert(first("new")), .upsert(changed(stale))), .conflict),
            ("both, and first", transact(.delete("changed", etag: stale), .upsert(first("new"))), .conflict),
        ]
    }

    /// Each writes what it may, so the keys are others.
    private static func several(_ stale: ETag) -> [(String, Write, DaprError.Kind)] {
        [
            ("first writes", save(first("several:1"), first("there")), .alreadyExists),
            ("ETags", save(StateItem("several:2", value: 9), changed(stale)), .conflict),
            ("both, the key exists", save(StateItem("new", value: 9, etag: stale), first("there")), .conflict),
            ("both, the ETag is stale", save(first("several:3"), changed(stale)), .conflict),
        ]
    }
}

struct RefusedWriteTests {
    @Test func `in memory, a refusal tells a stale ETag from a key that exists`() async throws {
        let store = ComponentDefinition(name: "statestore", type: "state.in-memory")
        try await RefusedWrites.check(store, .inMemory, tellsBoth: true)
    }

    @Test func `on SQLite, a refusal tells a stale ETag from a key that exists, unless both are asked for`()
        async throws
    {
        let folder = FileManager.default.temporaryDirectory.appending(path: "refused-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // What is left of such a folder does no harm.
        let store = ComponentDefinition(
            name: "statestore",
            type: "state.sqlite",
            metadata: ["connectionString": folder.appending(path: "state.db").path]
        )
        try await RefusedWrites.check(store, .sqlite, tellsBoth: false)
    }

    @Suite(.privatePostgres) struct OnPostgres {
        @Test func `on PostgreSQL, a refusal tells a stale ETag from a key that exists`() async throws {
            let store = ComponentDefinition(
                name: "statestore",
                type: "state.postgresql",
                version: "v2",
                metadata: ["connectionString": try PrivatePostgres.current.connectionString]
            )
            try await RefusedWrites.check(store, .postgresql, tellsBoth: true)
        }
    }
}
