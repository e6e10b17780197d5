import TestTools
import Testing

@testable import DaprHTTPServer

/// How many connections one address may have.
struct AddressLimitTests {
    @Test func `an address over its limit is closed at once, and one that has closed makes room`() async throws {
        let configuration = HTTPServer.Configuration.local {
            $0.connectionsPerAddress = 3
            // The test has no other address than the machine's own.
            $0.uncountedPeers = []
        }
        try await withServer(configuration: configuration) { port, server in
            let count = try await blocking { try AddressLimitTests.served(by: port, of: 6) }
            #expect(count == 3)
            try await eventually { await server.connectionCount() == 0 }
            let later = try await blocking { try AddressLimitTests.served(by: port, of: 2) }
            #expect(later == 2)
        }
    }

    @Test func `the machine's own connections are not counted`() async throws {
        try await withServer(configuration: .local { $0.connectionsPerAddress = 1 }) { port, _ in
            let count = try await blocking { try AddressLimitTests.served(by: port, of: 6) }
            #expect(count == 6)
        }
    }

    /// How many of so many connections that are open at the same time get an answer.
    private static func served(by port: Int, of count: Int) throws -> Int {
        let clients = try (0..<count).map { _ in try Held(RawClient(port: port)) }
        return clients.count {
            $0.client.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
            return $0.client.receive(until: "/x").statuses == [200]
        }
    }

    private final class Held {
        let client: RawClient

        init(_ client: consuming RawClient) { self.client = client }
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.1.2.3", "10.1.2.3", true),
        ("10.1.2.3", "10.1.2.4", false), ("0.0.0.0/0", "1.2.3.4", true), ("0.0.0.0/0", "::2", false),
        ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe80::1", false), ("::1", "::1", true), ("::/0", "1.2.3.4", true),
        ("2001:db8::/65", "2001:db8::7fff:0:0:0", true), ("2001:db8::/65", "2001:db8::8000:0:0:0", false),
        ("10.0.0.0/8", "::ffff:10.1.1.1", true),
    ])
    func `a range holds the addresses of its network`(range: String, address: String, isIn: Bool) throws {
        let range = try #require(AddressRange(range))
        let single = try #require(AddressRange(address))
        #expect(range.contains(single) == isIn)
    }

    @Test(arguments: [
        "", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::/129", "localhost", "10.0.0", "10.0.0.0/8/8", "10.0.0.0/a",
    ])
    func `what is no range is none`(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test func `an IPv6 client counts as its network, an IPv4 client as itself`() throws {
        func key(_ text: String) throws -> AddressCensus.Key? {
            AddressCensus(limit: 1, exempt: AddressRange.loopback).key(try #require(AddressRange(text)))
        }
        #expect(try key("2001:db8::1") == key("2001:db8::ffff:2"))
        #expect(try key("2001:db8::1") != key("2001:db8:0:1::1"))
        #expect(try key("192.0.2.1") != key("192.0.2.2"))
        #expect(try key("127.9.9.9") == nil)
        #expect(try key("::1") == nil)
        #expect(try key("::ffff:127.0.0.1") == nil)
    }
}
