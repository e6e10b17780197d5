import DaprOperatingSystem
import Foundation
import Glibc
import Synchronization

/// One of our built programs, running; its output goes to a file.
///
/// It ends with this process, however that ends.
final class RunningProgram: Sendable {
    private let process: ChildProcess
    private let log: URL
    private let outcome = Mutex<Int32?>(nil)

    /// The folder of the built programs, where the test bundle stands too.
    static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    /// What every program gets: nothing of ours, but where an instrumented one writes what it has run.
    private static let surroundings = ["PATH": "/usr/bin:/bin"].merging(
        ProcessInfo.processInfo.environment.filter { $0.key == "LLVM_PROFILE_FILE" }
    ) { $1 }

    init(_ name: String, _ arguments: [String], environment: [String: String] = [:], log: URL) async throws {
        self.log = log
        let program = RunningProgram.folder.appendingPathComponent(name).path
        process = try await ChildProcess.start(
            ["/bin/sh", "-c", #"log=$1; shift; exec "$@" < /dev/null >> "$log" 2>&1"#, "sh", log.path, program]
                + arguments,
            environment: RunningProgram.surroundings.merging(environment) { $1 }
        )
        // It ends with the program.
        Task { [self] in
            let end = await process.end()
            outcome.withLock { $0 = end.code }
        }
    }

    deinit {
        // A test that failed half-way leaves nothing running.
        process.send(SIGKILL)
    }

    var isRunning: Bool { outcome.withLock { $0 == nil } }

    /// The exit code, 128 and the signal for a program that was killed; `nil` while it runs.
    var exitCode: Int32? { outcome.withLock { $0 } }

    /// Sends it a signal, and waits for nothing.
    func send(_ number: CInt) { process.send(number) }

    /// Ends the program with the signal, and waits for its end; after 20 s it is killed.
    func end(_ number: CInt) async throws {
        process.send(number)
        let end = ContinuousClock.now + .seconds(20)
        while isRunning {
            if ContinuousClock.now > end { process.send(SIGKILL) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Waits for the program's end by itself.
    func ends(within patience: Duration) async throws {
        let end = ContinuousClock.now + patience
        while isRunning {
            guard ContinuousClock.now < end else { throw StillRunning() }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// What the program has written so far.
    func output() throws -> String { try String(contentsOf: log, encoding: .utf8) }

    struct StillRunning: Error {}
}

/// Ports that were free a moment ago, each different.
///
/// They are below those that Linux gives to connections: a program that is killed and started again finds its port free.
func freePorts(_ count: Int) -> [Int] {
    var sockets: [CInt] = []
    var ports: [Int] = []
    while ports.count < count {
        let socket = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        sockets.append(socket)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let port = in_port_t.random(in: 15_000..<32_000)
        address.sin_port = port.bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(socket, $0, size) }
        }
        if result == 0 { ports.append(Int(port)) }
    }
    for socket in sockets { close(socket) }
    return ports
}
