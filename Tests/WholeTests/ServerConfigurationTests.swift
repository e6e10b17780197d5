import DaprHTTPServer
import Settings
import Testing

@testable import task_server

struct ServerConfigurationTests {
    @Test func `connections of an address are counted on the public port alone, and those of proxies nowhere`() throws {
        let request = try ServerSettings.table.parse(
            arguments: [
                "serve", "--public-port", "8443", "--public-host", "0.0.0.0", "--metrics-port", "9464",
                "--connections-per-address", "20",
                "--trusted-proxies", "10.0.0.0/8",
            ],
            environment: ["APP_API_TOKEN": "sesame"]
        ) { _ in nil }
        guard case .run(.serve, let values) = request else { throw SettingsMissing() }
        let configuration = try ServerConfiguration(values)
        let publicPort = configuration.server(on: try #require(configuration.publicAddress)) { _ in }
        #expect(publicPort.connectionsPerAddress == 20)
        let proxies = publicPort.uncountedPeers.dropFirst(AddressRange.loopback.count)
        #expect(Array(proxies) == [try #require(AddressRange("10.0.0.0/8"))])
        for address in [configuration.appAddress, try #require(configuration.metricsAddress)] {
            #expect(configuration.server(on: address) { _ in }.connectionsPerAddress == nil)
        }
    }

    private struct SettingsMissing: Error {}
}
