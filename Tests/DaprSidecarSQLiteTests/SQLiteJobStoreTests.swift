import DaprSidecar
import DaprSidecarSQLite
import Foundation
import SQLite
import Testing

@Suite struct SQLiteJobStoreTests {
    @Test func `jobs are there after closing and opening again, each application's for itself`() async throws {
        try await withFolder { folder in
            let file = "\(folder)/jobs.sqlite"
            let store = try await SQLiteJobStore.open(file, application: "default||a", createsFile: true)
            for name in ["x", "y", "z"] {
                #expect(await store.change(.keep(KeptJob(name: name, document: [0x31]))) == nil)
            }
            #expect(await store.change(.keep(KeptJob(name: "y", document: [0x32]))) == nil)
            #expect(await store.change(.forget(name: "z")) == nil)
            #expect(await store.change(.forget(name: "none")) == nil)
            await store.close()
            let other = try await SQLiteJobStore.open(file, application: "default||b", createsFile: true)
            #expect(try await other.all() == [])
            #expect(await other.change(.keep(KeptJob(name: "x", document: [0x33]))) == nil)
            await other.close()
            let again = try await SQLiteJobStore.open(file, application: "default||a", createsFile: true)
            #expect(
                try await again.all() == [KeptJob(name: "x", document: [0x31]), KeptJob(name: "y", document: [0x32])]
            )
            await again.close()
            #expect(await again.change(.forget(name: "x")) == JobStoreError("the sidecar ends"))
        }
    }

    @Test func `a file that nobody named is made with the first job`() async throws {
        try await withFolder { folder in
            let file = "\(folder)/jobs.sqlite"
            let store = try await SQLiteJobStore.open(file, application: "a", createsFile: false)
            #expect(try await store.all() == [])
            #expect(await store.change(.forget(name: "x")) == nil)
            #expect(!FileManager.default.fileExists(atPath: file))
            #expect(await store.change(.keep(KeptJob(name: "x", document: [0x31]))) == nil)
            #expect(FileManager.default.fileExists(atPath: file))
            #expect(try await store.all() == [KeptJob(name: "x", document: [0x31])])
            await store.close()
        }
    }

    @Test func `a file that cannot be opened is named`() async throws {
        let error = await #expect(throws: JobStoreError.self) {
            _ = try await SQLiteJobStore.open("/nowhere/jobs.sqlite", application: "a", createsFile: true)
        }
        #expect(error?.description.contains("/nowhere/jobs.sqlite") == true)
        let late = try await SQLiteJobStore.open("/nowhere/jobs.sqlite", application: "a", createsFile: false)
        let refusal = await late.change(.keep(KeptJob(name: "x", document: [])))
        #expect(refusal?.description.contains("/nowhere/jobs.sqlite") == true)
        await late.close()
    }

    @Test(arguments: [
        ("connectionString", "state.db"), ("connectionString", "file:state.db?mode=rwc"), ("url", "file:state.db"),
    ])
    func `jobs are kept beside the state, and survive the sidecar`(name: String, location: String) async throws {
        try await withFolder { folder in
            let file = location.replacingOccurrences(of: "state.db", with: "\(folder)/state.db")
            for isSecond in [false, true] {
                var resources = LoadedResources()
                resources.components = [
                    ComponentDefinition(name: "store", type: "state.sqlite", metadata: [(name): file])
                ]
                let sidecar = SidecarRuntime(
                    configuration: RuntimeConfiguration(appID: "a"),
                    resources: resources,
                    stateStoreTypes: [.sqlite],
                    jobStoreType: .sqlite
                )
                try await sidecar.start()
                if !isSecond { try await sidecar.scheduleJob("j", body: Array(#"{"dueTime":"1h"}"#.utf8)) }
                #expect(try sidecar.job("j").isEmpty == false)
                _ = await sidecar.stop()
            }
            #expect(FileManager.default.fileExists(atPath: "\(folder)/\(JobStoreType.fileName)"))
        }
    }
}

extension SQLiteJobStoreTests {
    @Test func `two spellings of a name are two jobs, each deleted alone, also over a restart`() async throws {
        let (one, other) = ("\u{E9}", "e\u{301}")
        let job = Array(#"{"dueTime":"1h"}"#.utf8)
        try await withFolder { folder in
            var configuration = RuntimeConfiguration(appID: "a")
            configuration.jobsFile = "\(folder)/jobs.sqlite"
            var sidecar = SidecarRuntime(configuration: configuration, jobStoreType: .sqlite)
            try await sidecar.start()
            try await sidecar.scheduleJob(one, body: job)
            try await sidecar.scheduleJob(other, body: job)
            let error = await #expect(throws: APIError.self) { try await sidecar.scheduleJob(one, body: job) }
            #expect(error?.status == 409)
            _ = await sidecar.stop()

            sidecar = SidecarRuntime(configuration: configuration, jobStoreType: .sqlite)
            try await sidecar.start()
            #expect(try !sidecar.job(one).isEmpty && !sidecar.job(other).isEmpty)
            try await sidecar.deleteJob(other)
            #expect(try !sidecar.job(one).isEmpty)
            #expect(throws: APIError.self) { try sidecar.job(other) }
            _ = await sidecar.stop()

            sidecar = SidecarRuntime(configuration: configuration, jobStoreType: .sqlite)
            try await sidecar.start()
            #expect(try !sidecar.job(one).isEmpty)
            #expect(throws: APIError.self) { try sidecar.job(other) }
            _ = await sidecar.stop()
        }
    }
}

extension SQLiteJobStore {
    fileprivate func change(_ change: JobChange) async -> JobStoreError? {
        await withCheckedContinuation { continuation in submit(change) { continuation.resume(returning: $0) } }
    }
}

private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("jobs-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.path)
}
