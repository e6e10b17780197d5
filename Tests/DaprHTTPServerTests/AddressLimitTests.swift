import DaprHTTP
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

    @Test func `a connection more than a loop may have waits until one ends`() async throws {
        try await withServer(loops: 1, configuration: .local { $0.connectionLimit = 2 }) { port, server in
            try await blocking {
                func ask(_ client: borrowing RawClient, silence: Int = 30_000) -> [Int] {
                    client.send("GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
                    return client.receive(until: "/x", silence: silence).statuses
                }
                let first = try RawClient(port: port)
                #expect(ask(first) == [200])
                do {
                    let second = try RawClient(port: port)
                    #expect(ask(second) == [200])
                    let third = try RawClient(port: port)
                    #expect(ask(third, silence: 300) == [])
                    second.finish()
                    #expect(third.receive(until: "/x").statuses == [200])
                }
                #expect(ask(first) == [200])
            }
            #expect(await server.connectionCount() <= 2)
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

    @Test func `an address within an exempt range is not counted, whatever form it has`() throws {
        let census = AddressCensus(limit: 1, exempt: AddressRange.loopback)
        for text in ["127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            #expect(census.counted(try #require(IPAddress(text))) == nil)
        }
        #expect(census.counted(try #require(IPAddress("192.0.2.1"))) == IPAddress("192.0.2.1"))
        #expect(census.counted(try #require(IPAddress("2001:db8::1"))) == IPAddress("2001:db8::"))
    }
}
