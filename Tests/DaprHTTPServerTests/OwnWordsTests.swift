import DaprHTTP
import DaprHTTPServer
import Synchronization
import TestTools
import Testing

/// Refusals of the server and of libmicrohttpd, in the words of a handler that has some.
struct OwnWordsTests {
    /// Has words of its own for each refusal, and counts them.
    private final class Worded: HTTPHandler {
        let faults = Mutex<[HeadFault]>([])

        func accept(_ head: HTTPRequest) -> HTTPAcceptance { TestHandler().accept(head) }

        func refused(_ fault: HeadFault, _ head: HTTPRequest?) -> HTTPResponse? {
            faults.withLock { $0.append(fault) }
            let headers: HTTPHeaders = ["Content-Type": "application/json", "X-Word": "own"]
            return HTTPResponse(fault.status, headers: headers, body: Array(#"{"own":"words"}"#.utf8))
        }
    }

    private static let host = "Host: x\r\n"

    @Test(arguments: [
        ("no Host", "GET /hello HTTP/1.1\r\n\r\n", 400),
        ("no Host, and a body", "POST /hello HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 400),
        ("a length that is no number", "POST /hello HTTP/1.1\r\n\(host)Content-Length: five\r\n\r\nabcde", 400),
        (
            "a length beyond counting", "POST /hello HTTP/1.1\r\n\(host)Content-Length: 99999999999999999999\r\n\r\n",
            413
        ),
        ("two Hosts", "GET /hello HTTP/1.1\r\n\(host)\(host)\r\n", 400),
        ("an unknown method", "FROB /hello HTTP/1.1\r\n\(host)\r\n", 501),
        ("another expectation", "POST /hello HTTP/1.1\r\n\(host)Expect: tea\r\nContent-Length: 3\r\n\r\nabc", 417),
        ("a target that is no path", "GET hello HTTP/1.1\r\n\(host)\r\n", 400),
        ("200 fields", "GET /hello HTTP/1.1\r\n\(host)\((0..<200).map { "X\($0): a\r\n" }.joined())\r\n", 431),
        (
            "300 parameters",
            "GET /hello?\(Array(repeating: "a=b", count: 300).joined(separator: "&")) HTTP/1.1\r\n\(host)\r\n", 431
        ),
    ])
    func `a refusal has the handler's body, once`(name: String, request: String, status: Int) async throws {
        let handler = Worded()
        try await withServer(handler) { port, _ in
            // In one piece and byte by byte, with others on the way whose heads are not whole.
            for size in [request.utf8.count, 1] {
                let received = try await blocking {
                    let other = try RawClient(port: port)
                    other.send("GET /other HTTP/1.1\r\nX: y\r\n")
                    let client = try RawClient(port: port)
                    let bytes = Array(request.utf8)
                    for start in stride(from: 0, to: bytes.count, by: size) {
                        guard client.send(Array(bytes[start..<min(start + size, bytes.count)])) else { break }
                    }
                    let received = client.receive()
                    other.send("\(Self.host)\r\n")
                    #expect(other.receive(until: "/other").statuses == [200], "another client was answered")
                    return received
                }
                #expect(received.statuses == [status], "\(received.text.prefix(300))")
                #expect(received.text.hasSuffix("\r\n\r\n{\"own\":\"words\"}"), "\(received.text.suffix(100))")
                #expect(received.text.contains("X-Word: own\r\n"))
                #expect(received.text.contains("Connection: close\r\n"))
                #expect(received.end != .silent)
            }
        }
        #expect(handler.faults.withLock { $0 }.count == 2)
        #expect(handler.faults.withLock { $0 }.allSatisfy { $0.status.code == status })
    }

    @Test func `a loopback has the handler's words too`() async {
        let outcome = await HTTPLoopback(to: Worded(), now: { 0 }).send(method: "FROB", target: "/")
        guard case .answered(let answer) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(answer.status == 501)
        #expect(answer.headers["X-Word"] == "own")
    }
}
