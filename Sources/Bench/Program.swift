import Foundation

/// A program that is measured, or stands behind one that is; it ends with the closure it is lent to.
struct Program {
    private let process: Process
    private let end: Task<Void, Never>

    /// The folder of the built programs, where this one stands too.
    static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    /// Starts a built program and lends it once it listens.
    ///
    /// - Throws: ``BenchmarkError`` when it ends before, or does not listen within 20 s.
    static func running<T>(
        _ name: String,
        _ arguments: [String],
        port: Int,
        environment: [String: String] = [:],
        _ body: (Program) async throws -> T
    ) async throws -> T {
        let program = try Program(name, arguments, environment: environment, output: FileHandle.nullDevice)
        let outcome: Result<T, any Error>
        do {
            let deadline = Date() + 20
            while !isListening(port) {
                guard program.process.isRunning, Date() < deadline else {
                    throw BenchmarkError.notListening(name, port: port)
                }
                try await Task.sleep(for: .milliseconds(20))
            }
            outcome = .success(try await body(program))
        } catch {
            outcome = .failure(error)
        }
        program.process.terminate()
        await program.end.value
        return try outcome.get()
    }

    /// Runs a program to its end.
    ///
    /// - Returns: what it wrote to its standard output.
    static func output(_ name: String, _ arguments: [String]) async throws -> String {
        let pipe = Pipe()
        let program = try Program(name, arguments, environment: [:], output: pipe)
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        await program.end.value
        let status = program.process.terminationStatus
        guard status == 0 else { throw BenchmarkError.failed(name, status: status) }
        return String(decoding: data, as: UTF8.self)
    }

    private init(_ name: String, _ arguments: [String], environment: [String: String], output: Any) throws {
        let process = Process()
        let built = Program.folder.appendingPathComponent(name)
        if FileManager.default.isExecutableFile(atPath: built.path) {
            process.executableURL = built
            process.arguments = arguments
        } else {
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [name] + arguments
        }
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = output
        process.standardError = FileHandle.standardError
        // Not `waitUntilExit`, which runs a run loop, and on a thread of the pool may wait for ever.
        let (ends, ended) = AsyncStream.makeStream(of: Void.self)
        process.terminationHandler = { _ in ended.finish() }
        try process.run()
        self.process = process
        end = Task { for await _ in ends {} }
    }

    /// The CPU microseconds that all threads of the program have used, to the nanosecond by the scheduler's account.
    func cpuMicroseconds() -> Double {
        let tasks = "/proc/\(process.processIdentifier)/task"
        // A thread may end between the two look-ups: it then counts no more, as its few microseconds do not.
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        return threads.reduce(0) { sum, thread in
            let text = (try? String(contentsOfFile: "\(tasks)/\(thread)/schedstat", encoding: .utf8)) ?? ""
            return sum + (Double(text.prefix { $0 != " " }) ?? 0) / 1000
        }
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
