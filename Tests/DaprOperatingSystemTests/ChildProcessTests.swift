import DaprOperatingSystem
import Foundation
import TestTools
import Testing

struct ChildProcessTests {
    private func run(_ script: String, _ environment: [String: String] = [:]) async throws -> ChildProcess.End {
        let child = try await ChildProcess.start(["sh", "-c", script], environment: environment)
        return await child.end()
    }

    @Test func `the exit code comes back`() async throws {
        #expect(try await run("exit 7") == .exited(7))
        #expect(try await run("exit 0").code == 0)
    }

    @Test func `a program that a signal ended has the code a shell gives it`() async throws {
        let end = try await run("kill -TERM $$")
        #expect(end == .killed(signal: SIGTERM))
        #expect(end.code == 143)
    }

    @Test func `a program has just the variables it is given`() async throws {
        #expect(try await run(#"test "$A" = "b c" && test -z "$HOME""#, ["A": "b c"]) == .exited(0))
    }

    @Test func `arguments come through as they are`() async throws {
        let arguments = ["sh", "-c", #"test "$#" = 2 && test "$1" = "a b" && test -z "$2""#, "name", "a b", ""]
        let child = try await ChildProcess.start(arguments, environment: [:])
        #expect(await child.end() == .exited(0))
    }

    @Test(arguments: [[], [""], ["/no/such/program"], ["no-such-program"], ["a\u{0}b"]])
    func `a program that cannot be started is an error with its name`(arguments: [String]) async throws {
        let error = await #expect(throws: ChildProcessError.self) {
            try await ChildProcess.start(arguments, environment: [:])
        }
        let first = arguments.first ?? ""
        #expect(try #require(error).description.contains(first.isEmpty ? "an empty command" : first))
    }

    @Test func `a signal reaches the program's whole group`() async throws {
        try await withFolder { folder in
            let script = """
                (trap 'touch \(folder)/inner; exit' TERM; touch \(folder)/ready; while :; do sleep 0.02; done) &
                trap 'wait; exit 3' TERM
                while :; do sleep 0.02; done
                """
            let child = try await ChildProcess.start(["sh", "-c", script], environment: ProcessEnvironment.all())
            try await eventually { exists("\(folder)/ready") }
            child.send(SIGTERM)
            #expect(await child.end() == .exited(3))
            #expect(exists("\(folder)/inner"))
            // The group is gone: a signal goes nowhere.
            child.send(SIGTERM)
        }
    }

    @Test func `what a program leaves behind in its group is ended with it`() async throws {
        try await withFolder { folder in
            let end = try await run("sleep 1000 & echo $! > \(folder)/number", ProcessEnvironment.all())
            #expect(end == .exited(0))
            let number = try String(contentsOfFile: "\(folder)/number", encoding: .utf8).trimmingCharacters(
                in: .whitespacesAndNewlines
            )
            try await eventually {
                // Until its new parent asks for it, a process that has ended is a zombie.
                let state = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8)
                return state?.split(separator: " ").dropFirst(2).first.map { $0 == "Z" || $0 == "X" } ?? true
            }
        }
    }

    @Test func `descriptors stay with their owner`() async throws {
        let file = dup(2)
        defer { close(file) }
        #expect(file > 2)
        #expect(try await run("test ! -e /proc/self/fd/\(file)") == .exited(0))
    }

    @Test func `ignored and blocked signals are not passed on`() async throws {
        let before = signal(SIGPIPE, SIG_IGN)
        defer { signal(SIGPIPE, before) }
        #expect(try await run("kill -PIPE $$; exit 1") == .killed(signal: SIGPIPE))
    }

    @Test func `several may wait for one end`() async throws {
        let child = try await ChildProcess.start(["sh", "-c", "exit 5"], environment: ProcessEnvironment.all())
        await withTaskGroup(of: ChildProcess.End.self) { group in
            for _ in 0..<8 { group.addTask { await child.end() } }
            for await end in group { #expect(end == .exited(5)) }
        }
        #expect(await child.end() == .exited(5))
    }

    @Test func `the environment of this process is read`() {
        #expect(ProcessEnvironment.all()["PATH"] == ProcessInfo.processInfo.environment["PATH"])
    }
}

private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

private func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "child-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder.path)
}
