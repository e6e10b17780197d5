import Foundation
import Glibc

/// One of our built programs, running; its output goes to a file that is shown when something fails.
final class RunningProgram: Sendable {
    private let process: Process
    private let log: URL

    /// The folder of the built programs, where the test bundle stands too.
    static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    init(_ name: String, _ arguments: [String], environment: [String: String] = [:], log: URL) throws {
        self.log = log
        if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
        let output = try FileHandle(forWritingTo: log)
        try output.seekToEnd()
        process = Process()
        process.executableURL = RunningProgram.folder.appendingPathComponent(name)
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    deinit {
        // A test that failed half-way leaves nothing running.
        if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
    }

    var isRunning: Bool { process.isRunning }

    /// The exit code, once the program has ended.
    var exitCode: Int32 { process.terminationStatus }

    func signal(_ number: CInt) {
        if process.isRunning { Glibc.kill(process.processIdentifier, number) }
    }

    /// Ends the program with the signal, and waits for its end; after 20 s it is killed.
    func end(_ number: CInt) async throws {
        signal(number)
        let end = ContinuousClock.now + .seconds(20)
        while process.isRunning {
            if ContinuousClock.now > end { signal(SIGKILL) }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// What the program has written so far.
    func output() throws -> String { try String(contentsOf: log, encoding: .utf8) }
}

/// Ports that were free a moment ago, each different.
func freePorts(_ count: Int) -> [Int] {
    var sockets: [CInt] = []
    var ports: [Int] = []
    for _ in 0..<count {
        let socket = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        sockets.append(socket)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = unsafe bind(socket, $0, size)
                _ = unsafe getsockname(socket, $0, &size)
            }
        }
        ports.append(Int(in_port_t(bigEndian: address.sin_port)))
    }
    for socket in sockets { close(socket) }
    return ports
}
