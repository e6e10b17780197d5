public import Dapr
internal import DaprEventLoop
package import DaprLibcurl

/// Carries the calls of a `DaprClient` to the sidecar by libcurl, over TCP, TLS or a unix domain socket.
///
/// ```swift
/// let environment = ProcessInfo.processInfo.environment
/// let transport = try DaprCurlTransport(endpoint: DaprEndpoint(environment: environment))
/// let dapr = DaprClient(transport: transport, apiToken: environment["DAPR_API_TOKEN"])
/// ```
///
/// Connections are kept and used again. An `https` endpoint is checked, against the system's certificate authorities unless told
/// otherwise; that cannot be turned off. Proxies of the environment are not used and redirects not followed. Nothing is sent twice,
/// except a call that only reads whose kept connection turned out dead.
public struct DaprCurlTransport: DaprTransport {
    private let endpoint: DaprEndpoint
    private let client: CurlClient
    private let connectTimeout: Duration
    /// The loop that this transport made for itself, or `nil` when the client's owner ends the loops.
    private let ownLoops: EventLoopGroup?

    /// Makes a transport with an event loop of its own, which runs until ``shutdown()``.
    ///
    /// - Parameters:
    ///   - endpoint: where the sidecar listens.
    ///   - connectTimeout: the time allowed for connecting, a part of a call's own.
    ///   - maximumConnections: how many idle connections are kept; set it above the most calls in flight.
    ///   - certificateAuthorities: a file with the certificates (PEM) of those who may vouch for an `https` endpoint, and nobody else then;
    ///     `nil` for the system's.
    /// - Throws: ``DaprCurlError/cannotStart(_:)`` when the system has no descriptor or thread to give.
    public init(
        endpoint: DaprEndpoint = .local,
        connectTimeout: Duration = .seconds(5),
        maximumConnections: Int = 1024,
        certificateAuthorities: String? = nil
    ) throws(DaprCurlError) {
        let loops: EventLoopGroup
        do throws(EventLoopError) {
            loops = try EventLoopGroup(count: 1)
        } catch {
            throw .cannotStart(error.description)
        }
        do throws(CurlError) {
            client = try CurlClient(
                .init(
                    maximumConnections: maximumConnections,
                    unixSocketPath: endpoint.unixSocketPath,
                    certificateAuthorities: certificateAuthorities
                ),
                on: loops
            )
        } catch {
            loops.shutdown()
            throw .cannotStart(error.description)
        }
        self.endpoint = endpoint
        self.connectTimeout = connectTimeout
        ownLoops = loops
    }

    /// Makes a transport over a client that others use too, so that calls made on one of its loops stay there.
    ///
    /// - Parameters:
    ///   - endpoint: where the sidecar listens.
    ///   - client: made with the endpoint's ``DaprEndpoint/unixSocketPath``; its owner shuts it down.
    ///   - connectTimeout: the time allowed for connecting, a part of a call's own.
    package init(endpoint: DaprEndpoint, client: CurlClient, connectTimeout: Duration = .seconds(1)) {
        self.endpoint = endpoint
        self.client = client
        self.connectTimeout = connectTimeout
        ownLoops = nil
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// - Throws: `DaprTransportError`, `.cancelled` as soon as the calling task is cancelled.
    public func send(_ request: DaprRequest) async throws(DaprTransportError) -> DaprResponse {
        var outgoing = CurlRequest(
            method: request.method,
            url: endpoint.baseURL,
            headers: request.headers,
            body: request.body
        )
        outgoing.target = request.path
        outgoing.timeout = request.timeout
        outgoing.connectTimeout = min(connectTimeout, request.timeout)
        outgoing.maximumBodyBytes = request.maximumAnswerBytes
        outgoing.mayRepeat = request.mayRepeat
        do throws(CurlError) {
            let answer = try await client.send(outgoing)
            return DaprResponse(status: answer.status, head: answer.head, body: answer.body)
        } catch {
            throw DaprTransportError(error)
        }
    }

    /// Ends the calls in flight as cancelled, closes the connections and ends the transport's loop.
    ///
    /// No call may follow. It returns when all is closed. Over a client that others use it does nothing.
    public func shutdown() async {
        guard let ownLoops else { return }
        await client.shutdown()
        ownLoops.shutdown()
    }
}

extension DaprTransportError {
    /// The same failure in the words of `Dapr`.
    init(_ error: CurlError) {
        switch error {
        case .unreachable(let detail): self = .unreachable(detail)
        case .untrusted(let detail): self = .untrustedCertificate(detail)
        case .timedOut(let requestSent): self = requestSent ? .timedOut : .unreachable("no connection in time")
        case .cancelled(let requestSent): self = requestSent ? .cancelled : .cancelledBeforeSending
        case .connectionLost(let detail), .failed(let detail): self = .connectionLost(detail)
        case .bodyTooLarge(let limit): self = .answerTooLarge(limit: limit)
        case .invalidRequest(let detail): self = .invalidRequest(detail)
        }
    }
}
