import DaprEventLoop
import DaprLibcurl
import DaprText
import Testing

/// Values of header fields beyond ASCII: file names and names of people come in Latin-1 as well as in UTF-8.
struct HeaderByteTests {
    @Test(
        arguments: [
            [0x63, 0x61, 0x66, 0xE9], [0x63, 0x61, 0x66, 0xC3, 0xA9], [0xE9], [0xFF, 0x80, 0x41],
            [0xF4, 0x8F, 0xBE, 0x80], [0xC3, 0x28], [0xE2, 0x82],
        ] as [[UInt8]]
    )
    func `a value keeps its bytes on the way in and on the way out`(value: [UInt8]) async throws {
        let head = Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Name: ".utf8)
        let server = try ScriptedServer([.init(head + value + Array("\r\n\r\n".utf8))])
        defer { server.stop() }
        try await withClient { client in
            let url = "http://127.0.0.1:\(server.port)/"
            let response = try await client.send(CurlRequest(url: url))
            let text = try #require(response.header("x-name"))
            #expect(HeaderText.bytes(text) == value)
            #expect(response.headers.contains { $0.name == "x-name" && $0.value == text })
            _ = try await client.send(CurlRequest(url: url, headers: [("X-Name", text)]))
            let sent = try #require(server.requests.last)
            let line = Array("X-Name: ".utf8) + value + Array("\r\n".utf8)
            #expect(sent.indices.contains { sent[$0...].starts(with: line) })
        }
    }
}
