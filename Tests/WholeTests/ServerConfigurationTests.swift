import DaprHTTP
import DaprHTTPServer
import Settings
import Testing
import WebFront

@testable import task_server

struct ServerConfigurationTests {
    private static func configuration(_ arguments: String...) throws -> ServerConfiguration {
        let request = try ServerSettings.table.parse(
            arguments: ["serve"] + arguments,
            environment: ["APP_API_TOKEN": "sesame"]
        ) { _ in nil }
        guard case .run(.serve, let values) = request else { throw SettingsMissing() }
        return try ServerConfiguration(values)
    }

    @Test func `connections of an address are counted on the public port alone, and those of proxies nowhere`() throws {
        let configuration = try Self.configuration(
            "--public-port",
            "8443",
            "--public-host",
            "0.0.0.0",
            "--metrics-port",
            "9464",
            "--connections-per-address",
            "20",
            "--trusted-proxies",
            "10.0.0.0/8"
        )
        let publicPort = configuration.server(on: try #require(configuration.publicAddress)) { _ in }
        #expect(publicPort.connectionsPerAddress == 20)
        let proxies = publicPort.uncountedPeers.dropFirst(AddressRange.loopback.count)
        #expect(Array(proxies) == [try #require(AddressRange("10.0.0.0/8"))])
        for address in [configuration.appAddress, try #require(configuration.metricsAddress)] {
            #expect(configuration.server(on: address) { _ in }.connectionsPerAddress == nil)
        }
    }

    @Test func `what one user and one address may ask for is limited unless it is turned off`() throws {
        let rates = try Self.configuration().rates
        #expect(rates.ofUser.writes == 200 && rates.ofUser.expensiveReads == 20)
        #expect(rates.ofAddress.writes == 1000 && rates.ofAddress.expensiveReads == 100)
        let off = try Self.configuration(
            "--writes-per-user=0",
            "--expensive-reads-per-user=7",
            "--writes-per-address=0",
            "--expensive-reads-per-address=0",
            "--longest-wait=250ms"
        )
        #expect(off.rates.ofUser.writes == 0 && off.rates.ofUser.expensiveReads == 7)
        #expect(off.rates.ofAddress.writes == 0 && off.rates.ofAddress.expensiveReads == 0)
        #expect(off.longestWait == .milliseconds(250))
    }

    @Test func `a proxy that is trusted tells the client's address`() throws {
        let proxies = try Self.configuration("--trusted-proxies", "10.0.0.0/8,fd00::1").rates.proxies
        for peer in ["10.1.1.1", "fd00::1"] {
            let arrival = HTTPRequest.Arrival(peer: IPAddress(peer))
            let head = HTTPRequest(
                method: .get,
                target: "/",
                headers: ["X-Forwarded-For": "192.0.2.1"],
                arrival: arrival
            )
            #expect(proxies.client(of: head) == IPAddress("192.0.2.1"))
        }
    }

    @Test(arguments: [
        "--writes-per-user=-1", "--writes-per-user=1000001", "--expensive-reads-per-user=x", "--writes-per-address=1.5",
        "--expensive-reads-per-address=", "--longest-wait=0s", "--trusted-proxies=proxy.example",
        "--trusted-proxies=10.0.0.0/33",
    ])
    func `a limit that is none is refused at the start`(argument: String) {
        #expect(throws: (any Error).self) { try Self.configuration(argument) }
    }

    private struct SettingsMissing: Error {}
}
