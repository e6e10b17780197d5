import DaprOperatingSystem
import Foundation
import Testing

/// An https server for tests, with a certificate that its own authority signed: `openssl s_server`, which gives files as answers.
struct TLSServer {
    /// Where it listens, of this machine.
    let port: UInt16
    /// The certificate of the authority.
    let authority: String

    /// The names that its certificate is for.
    static let names = "DNS:localhost,IP:127.0.0.1"

    /// Runs a server that answers a `GET` of each path with the text, whole with its head; it closes each connection.
    static func with(
        _ answers: [String: String],
        names: String = names,
        _ body: (TLSServer) async throws -> Void
    ) async throws {
        let folder = URL(fileURLWithPath: "/tmp/tls-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // What is left of such a folder does no harm.
        for (path, text) in answers {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data(text.utf8).write(to: file)
        }
        let making = """
            cd \(folder.path) && exec 2> making.log && printf 'subjectAltName=\(names)' > names &&
            openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=Tests &&
            openssl req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj /CN=Sidecar &&
            openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out cert.pem
            """
        let made = try await shell(making).end()
        try #require(made == .exited(0), "openssl cannot make certificates; see making.log")
        let server = try await shell(
            "cd \(folder.path) && exec openssl s_server -accept 127.0.0.1:0 -cert cert.pem -key key.pem -HTTP > log 2>&1"
        )
        let outcome: Result<Void, any Error>
        do {
            let port = try await port(in: folder.appending(path: "log"))
            outcome = .success(
                try await body(TLSServer(port: port, authority: folder.appending(path: "ca.pem").path))
            )
        } catch {
            outcome = .failure(error)
        }
        server.send(SIGKILL)
        _ = await server.end()
        try outcome.get()
    }

    private static func shell(_ command: String) async throws -> ChildProcess {
        try await ChildProcess.start(
            ["/bin/sh", "-c", command],
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent"]
        )
    }

    /// Waits for the line `ACCEPT 127.0.0.1:34791`.
    private static func port(in log: URL) async throws -> UInt16 {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            // It is not there at once.
            let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
            if let port = text.firstMatch(of: /ACCEPT .*:(\d+)\n/).flatMap({ UInt16($0.1) }) { return port }
            try #require(ContinuousClock.now < deadline, "openssl s_server does not listen: \(text)")
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}
