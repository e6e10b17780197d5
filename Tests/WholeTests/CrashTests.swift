import DaprLibcurl
import Foundation
import Glibc
import Synchronization
import TestTools
import Testing

/// The programs, killed: what was acknowledged is there once, whatever died when.
struct CrashTests {
    @Test(arguments: ["server", "sidecar", "both"])
    func `a kill -9 between requests loses nothing`(victim: String) async throws {
        try await Installation.with { installation in
            var sidecar = try await installation.startSidecar()
            var server = try await installation.startServer()
            try await installation.waitUntilReady()
            for number in 0..<5 {
                let created = try await installation.send("POST", "/api/tasks", body: #"{"title":"task \#(number)"}"#)
                #expect(created.status == 201)
                if victim != "sidecar" { try await server.end(SIGKILL) }
                if victim != "server" { try await sidecar.end(SIGKILL) }
                if victim != "server" { sidecar = try await installation.startSidecar() }
                if victim != "sidecar" { server = try await installation.startServer() }
                try await installation.waitUntilReady()
            }
            let titles = try await installation.titles()
            #expect(counted(titles) == counted((0..<5).map { "task \($0)" }))
            let journal = try await installation.journal()
            #expect(journal.map(\.changes).reduce(0, +) == 5)
            try await server.end(SIGTERM)
            #expect(server.exitCode == 0)
            try await sidecar.end(SIGTERM)
            #expect(sidecar.exitCode == 0)
        }
    }

    @Test(arguments: [UInt64(1), 2, 3, 4])
    func `a kill -9 during writes loses and doubles nothing that was acknowledged`(seed: UInt64) async throws {
        try await Installation.with { installation in
            var random = SeededRandom(seed: seed)
            let progress = Progress()
            for round in 0..<3 {
                let sidecar = try await installation.startSidecar()
                let server = try await installation.startServer()
                try await installation.waitUntilReady()
                progress.isOver.withLock { $0 = false }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for writer in 0..<8 {
                        group.addTask {
                            var number = 0
                            while !progress.isOver.withLock({ $0 }) {
                                let title = "round \(round) writer \(writer) number \(number)"
                                number += 1
                                // A call that the kill broke off has no answer, or a 503: then nothing is promised.
                                if let answer = try? await installation.send(
                                    "POST",
                                    "/api/tasks",
                                    body: #"{"title":"\#(title)"}"#
                                ), answer.status == 201 {
                                    progress.acknowledged.withLock { $0.append(title) }
                                }
                            }
                        }
                    }
                    try await Task.sleep(for: .milliseconds(100 + random.next() % 300))
                    switch random.next() % 3 {
                    case 0: try await server.end(SIGKILL)
                    case 1: try await sidecar.end(SIGKILL)
                    default:
                        try await sidecar.end(SIGKILL)
                        try await server.end(SIGKILL)
                    }
                    progress.isOver.withLock { $0 = true }
                    try await group.waitForAll()
                }
                try await server.end(SIGKILL)
                try await sidecar.end(SIGKILL)
            }
            let sidecar = try await installation.startSidecar()
            let server = try await installation.startServer()
            try await installation.waitUntilReady()
            let titles = counted(try await installation.titles())
            let promised = progress.acknowledged.withLock { $0 }
            #expect(!promised.isEmpty)
            for title in promised { #expect(titles[title] == 1, "\(title)") }
            #expect(titles.values.allSatisfy { $0 == 1 })
            // The journal is dense from the first commit to the last, and tells of each task once.
            let journal = try await installation.journal()
            #expect(journal.map(\.changes).reduce(0, +) == titles.count)
            try await server.end(SIGTERM)
            try await sidecar.end(SIGTERM)
        }
    }

    @Test func `200 writers on one user through two servers: nothing lost, nothing doubled, a dense journal`()
        async throws
    {
        try await Installation.with(servers: 2) { installation in
            let sidecar = try await installation.startSidecar()
            let servers = [try await installation.startServer(0), try await installation.startServer(1)]
            try await installation.waitUntilReady(0)
            try await installation.waitUntilReady(1)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<200 {
                    group.addTask {
                        for number in 0..<3 {
                            let answer = try await installation.send(
                                "POST",
                                "/api/tasks",
                                body: #"{"title":"writer \#(writer) number \#(number)"}"#,
                                to: writer % 2
                            )
                            #expect(answer.status == 201, "\(String(decoding: answer.body, as: UTF8.self))")
                        }
                    }
                }
                try await group.waitForAll()
            }
            let expected = counted((0..<200).flatMap { writer in (0..<3).map { "writer \(writer) number \($0)" } })
            for server in 0..<2 {
                let titles = try await installation.titles(from: server)
                #expect(counted(titles) == expected)
            }
            let journal = try await installation.journal()
            #expect(journal.map(\.changes).reduce(0, +) == 600)
            for server in servers { try await server.end(SIGTERM) }
            try await sidecar.end(SIGTERM)
        }
    }
}

private final class Progress: Sendable {
    let acknowledged = Mutex<[String]>([])
    let isOver = Mutex(false)
}
