import Dapr
import Testing

struct DaprResponseTests {
    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nETag: e-1\r\nContent-Type:application/json\r\nX-Two: a\r\nx-two: b \r\n\r\n",
        "HTTP/1.1 200 OK\nETag: e-1\nContent-Type:application/json\nX-Two:\ta\nx-two: b",
    ])
    func `a head as received reads like one that was parsed`(head: String) {
        let response = DaprResponse(status: 200, head: Array(head.utf8), body: [])
        #expect(response.header("etag") == "e-1")
        #expect(response.header("content-type") == "application/json")
        #expect(response.header("x-two") == "a")
        #expect(response.header("x") == nil)
        #expect(response.header("http/1.1 200 ok") == nil)
        #expect(response.headers.map(\.name) == ["etag", "content-type", "x-two", "x-two"])
        #expect(response.headers.map(\.value) == ["e-1", "application/json", "a", "b"])
    }

    @Test(arguments: ["", "\n", "HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\nno colon\r\n:\r\n", "\n\n:"])
    func `a head without headers has none`(head: String) {
        let response = DaprResponse(status: 200, head: Array(head.utf8), body: [])
        #expect(response.header("no colon") == nil)
        #expect(!response.headers.contains { !$0.name.isEmpty })
    }
}
