import DaprLibcurl
import Testing

/// An answer whose first header line begins with a blank, which libcurl before 8.2 adds to the last header of the answer before.
struct FoldedHeaderTests {
    @Test(arguments: [
        " X-Folded: 1\r\n", "\tfolded\r\n", " \r\n", " " + String(repeating: "f", count: 40_000) + "\r\n",
    ])
    func `an answer that begins with a folded line harms nobody, whatever was answered before`(
        line: String
    ) async throws {
        let answer = "HTTP/1.1 200 OK\r\nX-Before: value\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        let folded = "HTTP/1.1 200 OK\r\n\(line)Content-Length: 5\r\nConnection: close\r\n\r\nhello"
        let server = try ScriptedServer((0..<20).map { .init($0.isMultiple(of: 2) ? answer : folded) })
        defer { server.stop() }
        try await withClient(loops: 1) { client in
            for _ in 0..<10 {
                let before = try await client.send(CurlRequest(url: "http://127.0.0.1:\(server.port)/"))
                #expect(before.header("x-before") == "value")
                do {
                    let response = try await client.send(CurlRequest(url: "http://127.0.0.1:\(server.port)/"))
                    #expect(String(decoding: response.body, as: UTF8.self) == "hello")
                    #expect(response.header("x-before") == nil)
                } catch let error as CurlError {
                    #expect(error.outcomeUnknown, "libcurl may refuse such an answer")
                }
            }
        }
    }
}
