import DaprOperatingSystem
import Foundation
import Synchronization

/// A program that is measured, or stands behind one that is; it ends with the closure it is lent to.
struct Program {
    private let process: ChildProcess
    private let hasEnded: EndNote

    /// The folder of the built programs, where this one stands too.
    static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    /// Starts a built program and lends it once it listens.
    ///
    /// - Throws: ``BenchmarkError`` when it ends before, or does not listen within 20 s.
    static func running<T>(
        _ name: String,
        _ arguments: [String],
        on core: Core,
        port: Int,
        environment: [String: String] = [:],
        ending signal: Int32 = SIGTERM,
        _ body: (Program) async throws -> T
    ) async throws -> T {
        let program = try await Program(name, arguments, on: core, environment: environment, output: "/dev/null")
        let outcome: Result<T, any Error>
        do {
            let deadline = Date() + 20
            while !isListening(port) {
                guard !program.hasEnded.value, Date() < deadline else {
                    throw BenchmarkError.notListening(name, port: port)
                }
                try await Task.sleep(for: .milliseconds(20))
            }
            outcome = .success(try await body(program))
        } catch {
            outcome = .failure(error)
        }
        program.process.send(signal)
        _ = await program.process.end()
        return try outcome.get()
    }

    /// Runs a program to its end.
    ///
    /// - Returns: what it wrote to its standard output.
    static func output(_ name: String, _ arguments: [String], on core: Core) async throws -> String {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("bench-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }  // A file left in the folder for such does no harm.
        let end = await (try await Program(name, arguments, on: core, environment: [:], output: file.path)).process
            .end()
        guard end.code == 0 else { throw BenchmarkError.failed(name, status: end.code) }
        return try String(contentsOf: file, encoding: .utf8)
    }

    /// Where a program runs: what is measured has a core of its own, so that nothing else turns its caches over.
    enum Core: String {
        case measured = "0"
        case rest = "1"
        /// Wherever there is room: for what is measured by the work it gets done, not by its CPU time.
        case any = "0-1023"
    }

    private init(
        _ name: String,
        _ arguments: [String],
        on core: Core,
        environment: [String: String],
        output: String
    ) async throws {
        let built = Program.folder.appendingPathComponent(name).path
        let program = FileManager.default.isExecutableFile(atPath: built) ? built : name
        process = try await ChildProcess.start(
            [
                "/bin/sh", "-c", #"out=$1 core=$2; shift 2; exec taskset -c "$core" "$@" > "$out""#, "sh", output,
                "\(core.rawValue)", program,
            ] + arguments,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 }
        )
        let note = EndNote()
        hasEnded = note
        // It ends with the program, which `running` and `output` see to.
        Task { [process] in
            _ = await process.end()
            note.set()
        }
    }

    /// Whether a program has ended.
    private final class EndNote: Sendable {
        private let flag = Atomic(false)

        var value: Bool { flag.load(ordering: .acquiring) }

        func set() { flag.store(true, ordering: .releasing) }
    }

    /// The CPU microseconds that all threads of the program have used, to the nanosecond by the scheduler's account.
    func cpuMicroseconds() -> Double {
        let tasks = "/proc/\(process.processID)/task"
        // A thread may end between the two look-ups: it then counts no more, as its few microseconds do not.
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        return threads.reduce(0) { sum, thread in
            let text = (try? String(contentsOfFile: "\(tasks)/\(thread)/schedstat", encoding: .utf8)) ?? ""
            return sum + (Double(text.prefix { $0 != " " }) ?? 0) / 1000
        }
    }

    /// The memory that the program has resident, in KiB.
    func residentKibibytes() -> Double {
        let status = (try? String(contentsOfFile: "/proc/\(process.processID)/status", encoding: .utf8)) ?? ""
        return status.firstMatch(of: /VmRSS:\s+(\d+) kB/).flatMap { Double($0.1) } ?? .nan
    }

    private static func isListening(_ port: Int) -> Bool {
        let hex = String(format: ":%04X", port)
        let table = (try? String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)) ?? ""
        return table.split(separator: "\n").contains { line in
            let columns = line.split(separator: " ")
            return columns.count > 3 && columns[1].hasSuffix(hex) && columns[3] == "0A"
        }
    }
}

/// Why a benchmark has no figures.
enum BenchmarkError: Error, CustomStringConvertible {
    case notListening(String, port: Int)
    case failed(String, status: Int32)
    case unreadable(String)

    var description: String {
        switch self {
        case .notListening(let name, let port): "\(name) does not listen on port \(port); run it by hand to see why"
        case .failed("wrk", 127): "wrk is missing; install it: apt-get install wrk"
        case .failed(let name, let status): "\(name) ended with status \(status)"
        case .unreadable(let text): "cannot read figures from: \(text)"
        }
    }
}
