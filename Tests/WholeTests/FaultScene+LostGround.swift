import Foundation
import Glibc
import TestSupport

/// A store that goes back in time.
extension FaultScene {
    mutating func loseGround(_ database: PrivatePostgres?) async throws {
        try await start(0)
        try await start(1)
        try await create("kept", 70, on: [0, 1])
        try await reckoning.allHeard()
        try await stopStore(database)
        try copyStore(from: store(database), to: copy)
        try await startStore(database)
        for index in 0..<2 { try await installation.waitUntilReady(index) }
        let before = acknowledged.titles
        try await create("lost", 20, on: [0, 1])
        try await reckoning.allHeard()
        try await stopStore(database)
        acknowledged.forget(allBut: before)
        // They are asked before the store is there, while it comes up, and afterwards.
        async let writes: Void = withTaskGroup { group in
            for number in 0..<40 {
                group.addTask { [acknowledged, installation] in
                    try? await Task.sleep(for: .milliseconds(50 * number))
                    await acknowledged.create("after \(number)", installation, to: number % 2)
                }
            }
        }
        try copyStore(from: copy, to: store(database))
        try await startStore(database)
        await writes
        for index in 0..<2 { try await installation.waitUntilReady(index) }
        subscriber.forget()
        let redriven = try await installation.tool(["outbox", "redrive", "--owner", "demo", "--from", "1"])
        try hold(redriven.code == 0, redriven.text)
    }

    private var copy: URL { installation.folder.appendingPathComponent("copy") }

    private func store(_ database: PrivatePostgres?) -> URL {
        database?.folder.appendingPathComponent("data") ?? installation.folder.appendingPathComponent("store")
    }

    private mutating func stopStore(_ database: PrivatePostgres?) async throws {
        if let database { await database.stop() } else { try await sidecar.end(SIGTERM) }
    }

    private mutating func startStore(_ database: PrivatePostgres?) async throws {
        if let database {
            try await database.start()
        } else {
            sidecar = try await installation.startSidecar(app: subscriber.port)
        }
    }

    private func copyStore(from: URL, to: URL) throws {
        try? FileManager.default.removeItem(at: to)
        let tool = Process()
        tool.executableURL = URL(fileURLWithPath: "/bin/cp")
        tool.arguments = ["-a", from.path, to.path]
        try tool.run()
        tool.waitUntilExit()
        try hold(tool.terminationStatus == 0, "cp -a ended with \(tool.terminationStatus)")
    }
}
