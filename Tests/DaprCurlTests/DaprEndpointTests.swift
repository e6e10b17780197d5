import DaprCurl
import Testing

struct DaprEndpointTests {
    @Test(arguments: [
        ("http://127.0.0.1:3500", "http://127.0.0.1:3500"), ("http://127.0.0.1:3500/", "http://127.0.0.1:3500"),
        ("https://dapr.example.com", "https://dapr.example.com"),
        ("https://dapr.example.com:443", "https://dapr.example.com:443"),
        ("HTTP://Sidecar:1", "http://Sidecar:1"), ("http://[::1]:3500", "http://[::1]:3500"),
        ("http://[fe80::1]", "http://[fe80::1]"),
        ("http://my_host:65535", "http://my_host:65535"),
    ])
    func `an address is read`(text: String, url: String) throws {
        let endpoint = try DaprEndpoint(parsing: text)
        #expect(endpoint.baseURL == url)
        #expect(endpoint.unixSocketPath == nil)
    }

    @Test func `a unix socket is read`() throws {
        let endpoint = try DaprEndpoint(parsing: "unix:///tmp/dapr-orders-http.socket")
        #expect(endpoint == .unixSocket(path: "/tmp/dapr-orders-http.socket"))
        #expect(endpoint.unixSocketPath == "/tmp/dapr-orders-http.socket")
    }

    @Test(arguments: [
        "", "127.0.0.1:3500", "ftp://host", "http://", "http:///", "http://:3500", "http://host:", "http://host:0",
        "http://host:65536", "http://host:-1", "http://host:+1", "http://host:80x", "http://host:80:80",
        "http://host/path",
        "http://host?x=1", "http://host#x", "http://user:secret@host", "http://user@host:80", "http://ho st",
        "http://host:80\r\nx: y",
        "http://[::1", "http://[]", "http://[::1]x", "http://[zz]", "http://höst", "unix://relative", "unix://",
        "grpc://host:1",
    ])
    func `what is no address is refused, and not repeated`(text: String) throws {
        let error = try #require(throws: DaprCurlError.self) { try DaprEndpoint(parsing: text) }
        #expect(!error.description.contains("secret"))
    }

    @Test(
        arguments: [
            ([:], "http://127.0.0.1:3500"),
            (["DAPR_HTTP_PORT": "3501"], "http://127.0.0.1:3501"),
            (["DAPR_HTTP_PORT": "", "DAPR_HTTP_ENDPOINT": ""], "http://127.0.0.1:3500"),
            (["DAPR_HTTP_PORT": "3501", "DAPR_HTTP_ENDPOINT": "https://far:443"], "https://far:443"),
            (["DAPR_HTTP_PORT": "nonsense", "DAPR_HTTP_ENDPOINT": "http://near"], "http://near"),
        ] as [([String: String], String)]
    )
    func `the variables of the SDKs are read in their order`(environment: [String: String], url: String) throws {
        #expect(try DaprEndpoint(environment: environment).baseURL == url)
    }

    @Test(arguments: [
        ["DAPR_HTTP_PORT": "0"], ["DAPR_HTTP_PORT": "65536"], ["DAPR_HTTP_PORT": "x"],
        ["DAPR_HTTP_ENDPOINT": "far:443"],
    ])
    func `a variable of another form is refused`(environment: [String: String]) {
        #expect(throws: DaprCurlError.self) { try DaprEndpoint(environment: environment) }
    }
}
