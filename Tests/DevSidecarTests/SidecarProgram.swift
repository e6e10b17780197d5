import Foundation
import TestTools
import Testing

/// The built program, run as a user runs it.
final class SidecarProgram {
    let process = Process()
    private let folder: URL

    /// The program's folder, which the application knows as `$FOLDER`.
    var folderPath: String { folder.path }

    /// The folder of the test program, where the build puts the others too.
    private static var binary: URL {
        let own = URL(fileURLWithPath: CommandLine.arguments[0])
        return own.deletingLastPathComponent().appending(path: "dev-sidecar")
    }

    /// Starts it on a free port; standard output goes to `output`, standard error to `log`.
    ///
    /// `descriptors` is what `ulimit` is told before: how many files it may have open, `-S` for at first.
    init(
        _ flags: [String] = [],
        resources: [String: String] = [:],
        environment: [String: String] = [:],
        app script: String? = nil,
        descriptors: String? = nil
    ) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "sidecar-\(UUID().uuidString)")
        let components = folder.appending(path: "components")
        try FileManager.default.createDirectory(at: components, withIntermediateDirectories: true)
        for (name, text) in resources {
            try text.write(to: components.appending(path: name), atomically: true, encoding: .utf8)
        }
        for name in ["output", "log"] {
            try Data().write(to: folder.appending(path: name))
        }
        process.executableURL = Self.binary
        process.arguments =
            ["run", "--app-id", "test", "--dapr-http-port", "0", "--resources-path", components.path] + flags
            + (script.map { ["--", "sh", "-c", $0] } ?? [])
        if let descriptors, let arguments = process.arguments {
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", "ulimit \(descriptors) && exec \"$0\" \"$@\"", Self.binary.path] + arguments
        }
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }.merging([
            "FOLDER": folder.path
        ]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: folder.appending(path: "output"))
        process.standardError = try FileHandle(forWritingTo: folder.appending(path: "log"))
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    var output: String { text("output") }
    var log: String { text("log") }

    /// The text of a file in the program's folder; empty when there is none.
    func text(_ name: String) -> String {
        (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
    }

    /// How many files and connections it has open.
    var openFiles: Int {
        let folder = "/proc/\(process.processIdentifier)/fd"
        return (try? FileManager.default.contentsOfDirectory(atPath: folder).count) ?? 0
    }

    /// The time that it has computed.
    var processorTime: Duration {
        let text = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)) ?? ""
        let fields = text.split(separator: " ").dropFirst(13).prefix(2).compactMap { Int($0) }
        return .milliseconds(fields.reduce(0, +) * 1_000 / sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The memory that it holds.
    var residentKilobytes: Int {
        let text = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
        return text.firstMatch(of: /VmRSS:\s*(\d+) kB/).flatMap { Int($0.output.1) } ?? 0
    }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// The exit code.
    func end() async throws -> Int32 {
        try await eventually("the program has not ended; its log: \(log)") { !process.isRunning }
        return process.terminationStatus
    }

    /// The port that the log tells.
    func port() async throws -> Int {
        try await eventually("the API is not up; the log: \(log)") { log.contains("the API is up") }
        let line = try #require(log.split(separator: "\n").first { $0.contains("the API is up") })
        let digits = try #require(line.firstMatch(of: /"port":(\d+)/)).output.1
        return try #require(Int(digits))
    }
}
