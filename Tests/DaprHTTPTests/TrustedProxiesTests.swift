import DaprHTTP
import TestTools
import Testing

/// For which client a proxy asks; RFC 7239, and the older `X-Forwarded-For`.
struct TrustedProxiesTests {
    private static let peer = "10.0.0.9"

    /// The client of a request that came from `peer`, when 10.0.0.0/8 and 2001:db8:f::/48 are trusted.
    private static func client(
        _ fields: [(String, String)],
        from peer: String = TrustedProxiesTests.peer
    ) throws -> IPAddress? {
        let proxies = TrustedProxies(["10.0.0.0/8", "2001:db8:f::/48"].compactMap(AddressRange.init))
        var headers = HTTPHeaders()
        for (name, value) in fields { headers.add(name, value) }
        let address: IPAddress = try #require(IPAddress(peer))
        let arrival = HTTPRequest.Arrival(peer: address)
        return proxies.client(of: HTTPRequest(method: .get, target: "/", headers: headers, arrival: arrival))
    }

    private static func expect(
        _ fields: [(String, String)],
        _ client: String,
        at location: SourceLocation = #_sourceLocation
    ) throws {
        #expect(try Self.client(fields) == IPAddress(client), "\(fields)", sourceLocation: location)
    }

    @Test(arguments: [
        // As the RFC writes them.
        ("for=192.0.2.43", "192.0.2.43"), ("For=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"),
        ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
        ("for=192.0.2.43, for=198.51.100.17", "198.51.100.17"),
        ("FOR=192.0.2.1", "192.0.2.1"), ("by=10.0.0.1;for=192.0.2.1", "192.0.2.1"),
        ("for=\"192.0.2.1:80\"", "192.0.2.1"),
        ("for=\"192.0.2.1:_port\"", "192.0.2.1"), ("for=\"[2001:db8::1]\"", "2001:db8::1"),
        ("for=192.0.2.1;", "192.0.2.1"),
        (";;for=192.0.2.1", "192.0.2.1"), ("for=192.0.2.1 ; proto=http", "192.0.2.1"),
        ("for=\"192\\.0.2.1\"", "192.0.2.1"),
        ("for=192.0.2.1;host=\"a,b;for=1.1.1.1\"", "192.0.2.1"), ("for=192.0.2.1;host=\"a\\\"b, c\"", "192.0.2.1"),
        // Those of trusted proxies are passed over, from the end on.
        ("for=192.0.2.1, for=10.0.0.1", "192.0.2.1"),
        ("for=192.0.2.1, for=\"[2001:db8:f::5]\", for=10.0.0.1", "192.0.2.1"),
        ("for=1.1.1.1, for=192.0.2.1, for=10.0.0.1", "192.0.2.1"), ("for=192.0.2.1,, ,for=10.0.0.1, ", "192.0.2.1"),
        // All of them are trusted: the first.
        ("for=10.1.1.1, for=10.2.2.2", "10.1.1.1"),
        // What a client wrote before it is not even read.
        ("for=\"1.1.1.1, for=192.0.2.1", "192.0.2.1"), ("\\\", for=192.0.2.1", "192.0.2.1"),
        ("=;=, for=192.0.2.1", "192.0.2.1"),
        // Malformed, hidden or absent: the address of the connection.
        ("", peer), (",", peer), ("for", peer), ("for=", peer), ("for=unknown", peer), ("for=_hidden", peer),
        ("proto=https", peer), ("for=192.0.2.1;for=192.0.2.1", peer), ("for=192.0.2.1:80", peer),
        ("for=[2001:db8::1]", peer),
        ("for=\"2001:db8::1\"", peer), ("for=\"[192.0.2.1]\"", peer), ("for=\"192.0.2.1", peer),
        ("for=192.0.2.1\"", peer),
        ("for = 192.0.2.1", peer), ("for=192.0.2.1 proto=http", peer), ("for=\"192.0.2.1:\"", peer),
        ("for=\"192.0.2.1:123456\"", peer), ("for=\"192.0.2.1:_\"", peer), ("for=\"[2001:db8::1]x\"", peer),
        ("for=\"[2001:db8::1\"", peer), ("for=\"\"", peer), ("for=\"192.0.2.1\\", peer), ("f\u{F6}r=192.0.2.1", peer),
        ("192.0.2.1", peer), ("for=192.0.2.1, for=unknown", peer), ("for=192.0.2.1, x, for=10.0.0.1", peer),
    ])
    func `Forwarded names the client`(field: String, client: String) throws {
        try Self.expect([("Forwarded", field)], client)
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("192.0.2.1:4711", "192.0.2.1"), ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"), ("[2001:db8::1]:443", "2001:db8::1"), ("1.1.1.1, 192.0.2.1", "192.0.2.1"),
        ("192.0.2.1, 10.0.0.1,10.0.0.2", "192.0.2.1"), ("192.0.2.1\t,\t10.0.0.1", "192.0.2.1"),
        ("nonsense, 192.0.2.1", "192.0.2.1"),
        ("\", 192.0.2.1", "192.0.2.1"), ("10.1.1.1, 10.2.2.2", "10.1.1.1"), ("127.0.0.1", "127.0.0.1"),
        ("", peer), ("unknown", peer), ("192.0.2.1, unknown", peer), ("192.0.2.1;", peer), ("\"192.0.2.1\"", peer),
        ("2001:db8::1:443:x", peer), ("[192.0.2.1]", peer), ("192.0.2.1.", peer), ("192.0.2.1 10.0.0.1", peer),
    ])
    func `X-Forwarded-For names the client`(field: String, client: String) throws {
        try Self.expect([("X-Forwarded-For", field)], client)
    }

    @Test func `lines are one list, and without any the address of the connection counts`() throws {
        try Self.expect(
            [("Forwarded", "for=1.1.1.1"), ("forwarded", "for=192.0.2.1"), ("Forwarded", "for=10.0.0.1")],
            "192.0.2.1"
        )
        try Self.expect([("X-Forwarded-For", "192.0.2.1"), ("x-forwarded-for", "10.0.0.1")], "192.0.2.1")
        try Self.expect([], Self.peer)
    }

    @Test func `where both fields are sent, they must agree`() throws {
        try Self.expect([("Forwarded", "for=192.0.2.1"), ("X-Forwarded-For", "1.1.1.1, 192.0.2.1")], "192.0.2.1")
        // A client sends the one, and the proxy knows only of the other.
        try Self.expect([("Forwarded", "for=1.1.1.1"), ("X-Forwarded-For", "192.0.2.1")], Self.peer)
        try Self.expect([("Forwarded", "nonsense"), ("X-Forwarded-For", "192.0.2.1")], Self.peer)
        try Self.expect([("Forwarded", "nonsense"), ("X-Forwarded-For", "nonsense")], Self.peer)
    }

    @Test func `nobody else is believed, and without a proxy nobody is`() throws {
        let fields = [("Forwarded", "for=192.0.2.1"), ("X-Forwarded-For", "192.0.2.1")]
        #expect(try Self.client(fields, from: "11.0.0.1") == IPAddress("11.0.0.1"))
        #expect(try Self.client(fields, from: "2001:db8:e::1") == IPAddress("2001:db8:e::1"))
        #expect(try Self.client(fields, from: "2001:db8:f::1") == IPAddress("192.0.2.1"))
        let headers: HTTPHeaders = ["X-Forwarded-For": "192.0.2.1"]
        let peer: IPAddress = try #require(IPAddress("10.0.0.1"))
        let direct = HTTPRequest(method: .get, target: "/", headers: headers, arrival: .init(peer: peer))
        #expect(TrustedProxies().client(of: direct) == peer)
        // A unix socket has no address.
        #expect(TrustedProxies().client(of: HTTPRequest(method: .get, target: "/", headers: headers)) == nil)
    }

    @Test func `whatever a client sends, a proxy that appends to it is believed`() throws {
        var random = SeededRandom(seed: 11)
        let words = ["\"", "\\", ",", ";", "for=", "for=\"", "1.1.1.1", "[::1]", "10.0.0.1", " ", "\t", "unknown"]
        for _ in 0..<5000 {
            let sent = random.changed(random.pick(["for=1.1.1.1", "", "\"", "1.1.1.1, 2.2.2.2"]), words: words)
            let hop = random.pick(["for=192.0.2.1", "for=\"192.0.2.1:80\";proto=https", "By=10.0.0.9;for=192.0.2.1"])
            try Self.expect([("Forwarded", "\(sent), \(hop)")], "192.0.2.1")
            try Self.expect([("X-Forwarded-For", "\(sent), 192.0.2.1")], "192.0.2.1")
            try Self.expect([("X-Forwarded-For", sent), ("X-Forwarded-For", "192.0.2.1, 10.0.0.1")], "192.0.2.1")
        }
    }
}
