import DaprHTTP
import Foundation
import TestTools
import Testing

/// The lengths that answers to `HEAD` tell.
struct HeadAnswerTests {
    private static let handler = TestHandler(responders: [
        "/whole": { _ in HTTPResponse(.ok, body: Array("twelve bytes".utf8)) },
        "/known": { _ in HTTPResponse.toHead(.ok, headers: ["X": "y"], length: 12_345) },
        "/unknown": { _ in HTTPResponse.toHead(.ok, headers: ["X": "y"], length: nil) },
        "/none": { _ in HTTPResponse.toHead(.notModified, length: nil) },
    ])

    private static func head(_ path: String, method: String = "HEAD") async throws -> String {
        try await withServer(handler) { port, _ in
            try await blocking {
                let client = try RawClient(port: port)
                client.send("\(method) \(path) HTTP/1.1\r\nHost: x\r\n\r\nGET /next HTTP/1.1\r\nHost: x\r\n\r\n")
                let received = client.receive(until: "/next")
                #expect(received.statuses.count == 2, "the connection is kept: \(received.text)")
                return received.text.components(separatedBy: "\r\n\r\n")[0]
            }
        }
    }

    @Test func `HEAD of a GET tells the length of its body`() async throws {
        #expect(try await HeadAnswerTests.head("/whole").contains("Content-Length: 12"))
    }

    @Test func `HEAD that was answered elsewhere tells the length that it was told`() async throws {
        let head = try await HeadAnswerTests.head("/known")
        #expect(head.contains("Content-Length: 12345"))
        #expect(head.contains("X: y"))
    }

    @Test func `HEAD tells no length that nobody knows`() async throws {
        let head = try await HeadAnswerTests.head("/unknown")
        #expect(head.hasPrefix("HTTP/1.1 200"))
        #expect(head.contains("X: y"))
        #expect(!head.contains("Content-Length"))
    }

    @Test func `an answer without a body has no length either`() async throws {
        #expect(try await !HeadAnswerTests.head("/none").contains("Content-Length: 1"))
    }

    @Test(arguments: ["/known", "/unknown"])
    func `to GET an answer without a body is empty`(path: String) async throws {
        #expect(try await HeadAnswerTests.head(path, method: "GET").contains("Content-Length: 0"))
    }

    @Test(arguments: [("/known", "Content-Length: 12345"), ("/unknown", "Transfer-Encoding: chunked")])
    func `the head in this process is the one on a socket`(path: String, line: String) async throws {
        guard
            case .answered(let answer) = await HTTPLoopback(to: HeadAnswerTests.handler, now: { 0 }).send(
                method: "HEAD",
                target: path
            )
        else {
            Issue.record("no answer")
            return
        }
        let text = String(decoding: answer.head, as: UTF8.self)
        #expect(text.contains(line))
        #expect(try await HeadAnswerTests.head(path).contains(line))
        #expect(answer.body.isEmpty)
    }

    @Test func `the status line in this process is the one on a socket, whatever the status`() async throws {
        let statuses = Array(200...599)
        var responders: [String: HTTPResponder] = [:]
        for code in statuses { responders["/\(code)"] = { _ in HTTPResponse(HTTPStatus(code)) } }
        let handler = TestHandler(responders: responders)
        let lines = try await withServer(handler) { port, _ in
            try await blocking {
                let client = try RawClient(port: port)
                return statuses.map { code in
                    client.send("GET /\(code) HTTP/1.1\r\nHost: x\r\n\r\n")
                    return client.receive(until: "\r\n\r\n").text.components(separatedBy: "\r\n")[0]
                }
            }
        }
        for (code, line) in zip(statuses, lines) {
            let outcome = await HTTPLoopback(to: handler, now: { 0 }).send(method: "GET", target: "/\(code)")
            guard case .answered(let answer) = outcome else {
                Issue.record("no answer")
                continue
            }
            #expect(String(decoding: answer.head, as: UTF8.self).hasPrefix(line + "\r\n"), "\(line)")
        }
    }
}
