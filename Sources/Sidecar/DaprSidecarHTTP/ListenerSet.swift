import DaprEventLoop
import DaprHTTPServer
import Synchronization

/// The listeners of one API: all addresses share one port, which the first may leave to the system.
final class ListenerSet: Sendable {
    private let addresses: [HTTPAddress]
    private let make: @Sendable (HTTPAddress) -> HTTPServer
    private let servers = Mutex<[HTTPServer]>([])

    /// How often another free port is tried when the first address's port is taken on another address.
    private static let attempts = 10

    /// Creates listeners that are not started.
    init(_ addresses: [HTTPAddress], make: @escaping @Sendable (HTTPAddress) -> HTTPServer) {
        self.addresses = addresses
        self.make = make
    }

    /// The bound port of the first address; 0 before ``start()``.
    var port: Int { servers.withLock { $0.first?.port ?? 0 } }

    /// Listens on all addresses, or on none.
    func start() async throws(HTTPServerError) {
        var attempt = 1
        while true {
            do throws(HTTPServerError) {
                return try await startOnce()
            } catch {
                guard attempt < Self.attempts, takesAnyPort, servers.withLock({ !$0.isEmpty }) else { throw error }
                attempt += 1
                await drain(within: .zero)
            }
        }
    }

    /// Stops all listeners, and waits for requests in flight.
    func drain(within limit: Duration) async {
        let servers = servers.withLock { servers in
            defer { servers = [] }
            return servers
        }
        for server in servers { await server.drain(within: limit) }
    }

    private var takesAnyPort: Bool {
        if case .tcp(_, port: 0) = addresses.first { true } else { false }
    }

    private func startOnce() async throws(HTTPServerError) {
        for address in addresses {
            var address = address
            if case .tcp(let host, port: 0) = address { address = .tcp(host: host, port: port) }
            let server = make(address)
            try await server.start()
            servers.withLock { $0.append(server) }
        }
    }
}
