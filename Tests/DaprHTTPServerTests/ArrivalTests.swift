import DaprHTTP
import DaprHTTPServer
import Glibc
import Synchronization
import TestTools
import Testing

/// What the server tells of how a request came.
struct ArrivalTests {
    /// Tells of each request where it came from and whether it may have waited; `/block` holds the loop up.
    private final class Teller: HTTPHandler {
        let isBlocked = Atomic(false)
        let isSent = Atomic(false)

        func accept(_ head: HTTPRequest) -> HTTPAcceptance {
            if head.path == "/block" {
                isBlocked.store(true, ordering: .releasing)
                while !isSent.load(ordering: .acquiring) { usleep(1000) }
                usleep(200_000)
            }
            let peer = head.peer == IPAddress("127.0.0.1") ? "here" : "elsewhere"
            let wait = head.waited >= .milliseconds(200) ? "waited" : "at once"
            return .refuse(HTTPResponse(.ok, body: Array("\(peer), \(wait)!".utf8)))
        }
    }

    private static func ask(_ client: borrowing RawClient, _ path: String) -> String {
        client.send("GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
        return client.receive(until: "!").text
    }

    @Test func `a request has the address of its connection, and the time that its loop was busy before`() async throws
    {
        let teller = Teller()
        try await withServer(teller, loops: 1) { port, _ in
            try await blocking {
                let busy = try RawClient(port: port)
                let waiting = try RawClient(port: port)
                // A machine that is busy may hold the server up for so long, but not every time.
                let isSoon = (0..<100).contains { _ in Self.ask(waiting, "/x").hasSuffix("here, at once!") }
                #expect(isSoon)
                busy.send("GET /block HTTP/1.1\r\nHost: x\r\n\r\n")
                while !teller.isBlocked.load(ordering: .acquiring) { usleep(1000) }
                waiting.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
                teller.isSent.store(true, ordering: .releasing)
                #expect(waiting.receive(until: "!").text.hasSuffix("here, waited!"))
                let isSoonAgain = (0..<100).contains { _ in Self.ask(waiting, "/x").hasSuffix("here, at once!") }
                #expect(isSoonAgain)
            }
        }
    }
}
