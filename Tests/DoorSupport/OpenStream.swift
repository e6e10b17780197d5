package import DaprHTTP
import Foundation
import Synchronization
import TestTools
import Testing

/// A streamed answer as a client reads it, piece by piece.
package final class OpenStream: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    private let state = Mutex((bytes: [UInt8](), isOver: false, hasLeft: false))
    private let work = Mutex<Task<Void, Never>?>(nil)

    init(_ response: HTTPResponse, isSlow: Bool) {
        status = response.status.code
        headers = response.headers
        guard case .stream(let write) = response.body else {
            state.withLock { $0 = (response.bytes, true, false) }
            return
        }
        let task = Task {
            let writer = HTTPBodyWriter(isSlow: { isSlow }) { piece in
                // As a server's: others get their turn.
                await Task.yield()
                let hasLeft = self.state.withLock { state in
                    if !state.hasLeft { state.bytes += piece }
                    return state.hasLeft
                }
                if hasLeft { throw CancellationError() }
            }
            // How it ended is told by what the door counts.
            try? await write(writer)
            self.state.withLock { $0.isOver = true }
        }
        work.withLock { $0 = task }
    }

    /// Everything that was read so far.
    package var text: String { String(decoding: state.withLock { $0.bytes }, as: UTF8.self) }
    package var isOver: Bool { state.withLock { $0.isOver } }

    /// The whole events that were read so far: their fields by name; comments are left out.
    package var events: [[String: String]] {
        text.components(separatedBy: "\n\n").dropLast().compactMap { block in
            var fields: [String: String] = [:]
            for line in block.split(separator: "\n") {
                guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else { continue }
                fields[String(line[..<colon])] = String(line[line.index(colon, offsetBy: 2)...])
            }
            return fields.isEmpty ? nil : fields
        }
    }

    /// Waits until what was read is as asked for.
    package func reads(_ holds: (String) -> Bool) async throws { try await eventually { holds(text) } }

    /// Waits until so many events were read.
    package func events(_ count: Int) async throws -> [[String: String]] {
        try await eventually("\(count) events, and not \(text)") { events.count >= count }
        return events
    }

    /// Waits for the end of the answer.
    package func ends() async throws { try await eventually { isOver } }

    /// Closes the connection.
    package func leave() {
        state.withLock { $0.hasLeft = true }
        work.withLock { $0?.cancel() }
    }
}

extension APIHarness {
    /// Asks for a stream as its bearer, and reads it until it ends or ``OpenStream/leave()``.
    package func open(
        _ target: String,
        as user: String = "demo",
        headers: HTTPHeaders = [:],
        isSlow: Bool = false
    ) async throws -> OpenStream {
        var headers = headers
        headers["Authorization"] = "Bearer \(try Self.token(user))"
        let request = HTTPRequest(method: .get, target: target, headers: headers, body: [])
        return OpenStream(await app.respond(to: request), isSlow: isSlow)
    }
}
