import DaprEventLoop
import DaprHTTP
import DaprText
import TestTools
import Testing

/// Values of header fields beyond ASCII, which are bytes and nothing else.
struct HeaderBytesTests {
    static let values: [[UInt8]] = [
        Array("plain".utf8), Array("café".utf8), [0x63, 0x61, 0x66, 0xE9], [0xE9], [0xFF, 0x80, 0xC0, 0xBF], [0xC3],
        [0xE2, 0x82], [0xF4, 0x8F, 0xBE, 0x80], [0xF4, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xED, 0xA0, 0x80],
        [0xF4, 0x8F, 0xBF], Array("😀".utf8) + [0xE9] + Array("e\u{301}".utf8), Array(0x80...0xFF),
    ]

    @Test(arguments: values)
    func `a value of any bytes comes back as it was sent`(value: [UInt8]) async throws {
        let handler = TestHandler(responders: [
            "/echo": { request in HTTPResponse(.ok, headers: ["X-Echo": request.headers["x-name"] ?? "none"]) }
        ])
        try await withServer(handler) { port, _ in
            let received = try await blocking {
                let client = try RawClient(port: port)
                client.send(Array("GET /echo HTTP/1.1\r\nHost: x\r\nX-Name: ".utf8) + value + Array("\r\n\r\n".utf8))
                return client.receive(until: "\r\n\r\n")
            }
            #expect(received.bytes.contains(Array("X-Echo: ".utf8) + value + Array("\r\n".utf8)), "\(received.text)")
        }
    }

    @Test(arguments: values)
    func `text and bytes of a value are one another's`(value: [UInt8]) {
        let text = HeaderText.text(value)
        #expect(!text.unicodeScalars.contains("\u{FFFD}"))
        #expect(HeaderText.bytes(text) == value)
    }

    @Test func `UTF-8 is read as what it spells`() {
        #expect(HeaderText.text(Array("café 😀".utf8)) == "café 😀")
        #expect(HeaderText.text([0x63, 0xE9]).unicodeScalars.map(\.value) == [0x63, 0x10FFE9])
    }

    @Test func `an answer in this process has the bytes of one on a socket`() async {
        let handler = TestHandler(responders: [
            "/echo": { _ in HTTPResponse(.ok, headers: ["X-Echo": HeaderText.text([0x63, 0xE9])]) }
        ])
        guard
            case .answered(let answer) = await HTTPLoopback(to: handler, now: { 0 }).send(
                method: "GET",
                target: "/echo"
            )
        else {
            Issue.record("no answer")
            return
        }
        #expect(answer.head.contains(Array("X-Echo: ".utf8) + [0x63, 0xE9, 0x0D, 0x0A]))
    }
}
