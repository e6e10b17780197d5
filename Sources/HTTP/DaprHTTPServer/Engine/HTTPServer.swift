internal import CDaprMicrohttpd
package import DaprEventLoop
package import DaprHTTP
import Glibc
import Synchronization

/// An HTTP/1.1 server on event loops.
///
/// libmicrohttpd reads and writes; each loop has its own listener on the address. A request stays on the loop that
/// accepted its connection. A responder that finishes without waiting costs no suspension.
package final class HTTPServer: Sendable {
    package struct Configuration: Sendable {
        package var address: HTTPAddress
        /// The most connections per loop; more wait in the system's queue.
        package var connectionLimit = 2048
        /// The most bytes in a request line and header together; more is answered 431.
        ///
        /// Each connection holds a little over twice as much memory, and libmicrohttpd clears all of it after each
        /// request.
        package var headLimit = 8 << 10
        /// How long a head may take; then it is answered 408.
        ///
        /// The first is timed from the start of the connection, later ones from their request line.
        package var headDeadline: Duration = .seconds(10)
        /// How long a body may take, plus a second for each ``leastRate`` bytes of it; then it is answered 408.
        ///
        /// For a streamed body it is the longest pause.
        package var bodyDeadline: Duration = .seconds(30)
        /// How long a client may read more slowly than ``leastRate`` while bytes wait for it; then it is cut.
        package var answerDeadline: Duration = .seconds(15)
        /// The rate, in bytes per second, below which a client is slow.
        package var leastRate = 4 << 10
        /// The most bytes of long answers (64 KiB and more) that a loop holds for clients that have not taken them.
        ///
        /// Beyond that, the clients that have been reading for longest are cut. If none has been reading for a second,
        /// the new answer becomes a 503.
        package var answerLimit = 64 << 20
        /// The most connections of one address, over all loops; `nil` for no limit.
        ///
        /// A unix socket has none.
        package var connectionsPerAddress: Int?
        /// Addresses that are not counted: the machine's own, and any that are added, such as proxies that many clients
        /// share.
        package var uncountedPeers = AddressRange.loopback
        /// How long a kept connection may be silent, in whole seconds.
        package var idleTimeout: Duration = .seconds(60)
        /// How long a request may take from its head to the start of its answer; then the handler's deadline answer is
        /// sent.
        package var requestDeadline: Duration = .seconds(30)
        /// Called at most once for each request whose head was read, on its loop, when its answer begins to be sent or has nobody to take it any more;
        /// `nil` costs nothing.
        ///
        /// It gets the head, the bytes of the body that arrived, the answer, and the time since the turn of the loop in which the request line was read.
        package var onAnswer:
            (@Sendable (_ head: HTTPRequest, _ received: Int, _ answer: HTTPResponse, _ elapsed: Duration) -> Void)?
        /// Called with each line that libmicrohttpd logs.
        package var log: @Sendable (String) -> Void = { _ in }
        /// Called with each line that whoever runs the server should see about its clients.
        ///
        /// The line also goes to ``log``.
        package var notice: @Sendable (String) -> Void = { _ in }

        package init(address: HTTPAddress) { self.address = address }
    }

    private let configuration: Configuration
    private let loops: EventLoopGroup
    private let handler: any HTTPHandler
    private let state = Mutex(State())

    /// Creates a server, which does not listen before ``start()``.
    package init(_ configuration: Configuration, on loops: EventLoopGroup, handler: any HTTPHandler) {
        self.configuration = configuration
        self.loops = loops
        self.handler = handler
    }

    /// The bound port, also when port 0 was asked for; 0 for a unix socket and before ``start()``.
    package var port: Int { state.withLock { $0.port } }

    /// Starts listening; the server accepts connections when this returns.
    ///
    /// - Throws: ``HTTPServerError`` when the address cannot be bound.
    package func start() async throws(HTTPServerError) {
        var sockets: [CInt] = []
        var port = 0
        do throws(HTTPServerError) {
            switch configuration.address {
            case .tcp(let host, let wanted):
                guard let number = UInt16(exactly: wanted) else {
                    throw .address("\(host):\(wanted)", reason: "a port is a number from 0 to 65535")
                }
                port = Int(number)
                for _ in loops.loops {
                    let socket = unsafe cmhd_listen_tcp(host, UInt16(port), 1024, sockets.isEmpty ? 1 : 0)
                    guard socket >= 0 else { throw .address("\(host):\(wanted)", errno: errno) }
                    sockets.append(socket)
                    port = Int(cmhd_bound_port(socket))
                }
            case .unix(let path):
                let socket = unsafe cmhd_listen_unix(path, 1024)
                guard socket >= 0 else { throw .address(path, errno: errno) }
                sockets.append(socket)
                // The loops share one socket; the first to accept gets the connection.
                for _ in loops.loops.dropFirst() { sockets.append(dup(socket)) }
            }
        } catch {
            for socket in sockets { close(socket) }
            throw error
        }
        var listeners: [HTTPListener] = []
        let census = configuration.connectionsPerAddress.map {
            AddressCensus(limit: $0, exempt: configuration.uncountedPeers)
        }
        for (loop, socket) in zip(loops.loops, sockets) {
            let listener = HTTPListener(configuration, handler: handler, on: loop, census: census)
            listeners.append(listener)
            guard await listener.start(on: socket) else {
                for listener in listeners { await listener.stop() }
                throw .notStarted
            }
        }
        state.withLock {
            $0.port = port
            $0.listeners = listeners
        }
    }

    /// Stops accepting, lets requests in flight be answered (with `Connection: close`), then closes.
    ///
    /// Idle connections get a moment, because a request may already be on its way.
    ///
    /// - Parameter deadline: How long to wait before what is still in flight is cancelled and cut.
    package func drain(within deadline: Duration) async {
        let listeners = state.withLock { state in
            defer { state.listeners = [] }
            return state.listeners
        }
        for listener in listeners { await listener.drain(within: deadline) }
        for listener in listeners { await listener.stop() }
        if case .unix(let path) = configuration.address, !listeners.isEmpty { _ = unsafe unlink(path) }
    }

    /// The number of open connections.
    package func connectionCount() async -> Int {
        var count = 0
        for listener in state.withLock({ $0.listeners }) { count += await listener.connectionCount() }
        return count
    }

    private struct State {
        var port = 0
        var listeners: [HTTPListener] = []
    }
}

/// Where a server listens.
package enum HTTPAddress: Sendable, Equatable {
    /// A literal IPv4 or IPv6 address; port 0 picks a free one.
    case tcp(host: String, port: Int)
    case unix(path: String)
}

/// Why a server could not start to listen.
package enum HTTPServerError: Error, Equatable, CustomStringConvertible {
    case address(String, reason: String)
    case notStarted

    static func address(_ address: String, errno code: CInt) -> HTTPServerError {
        let text = unsafe String(cString: strerror(code))
        return switch code {
        case EADDRINUSE: .address(address, reason: "it is in use; stop what listens there or choose another")
        case EINVAL: .address(address, reason: "the host must be a literal IPv4 or IPv6 address")
        default: .address(address, reason: text)
        }
    }

    package var description: String {
        switch self {
        case .address(let address, let reason): "cannot listen on \(address): \(reason)"
        case .notStarted: "libmicrohttpd did not start; its log says why"
        }
    }
}
