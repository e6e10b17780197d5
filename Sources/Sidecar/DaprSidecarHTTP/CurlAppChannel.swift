package import DaprLibcurl
package import DaprSidecar
import DaprText

/// The path to the application over HTTP.
package struct CurlAppChannel: AppChannel {
    private let client: CurlClient
    private let origin: String
    /// The most bytes of an answer's body.
    private let answerLimit: Int

    /// Creates a channel to an application on this machine.
    ///
    /// - Parameters:
    ///   - client: The client to send with; its owner shuts it down.
    ///   - host: `--app-channel-address`.
    ///   - port: `--app-port`.
    ///   - answerLimit: The most bytes of an answer's body; a longer one fails.
    package init(client: CurlClient, host: String = "127.0.0.1", port: Int, answerLimit: Int = 64 << 20) {
        self.client = client
        // An IPv6 address needs brackets in a URL.
        origin =
            host.containsByte(":") && !host.hasBytePrefix("[") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
        self.answerLimit = answerLimit
    }

    package func send(_ request: AppRequest) async throws(AppChannelError) -> AppResponse {
        let mayHaveBody = !["GET", "HEAD", "OPTIONS"].contains(request.method)
        var outgoing = CurlRequest(
            method: request.method,
            url: origin,
            headers: request.headers,
            body: request.body.isEmpty && !mayHaveBody ? nil : request.body
        )
        outgoing.target = request.target
        outgoing.maximumBodyBytes = answerLimit
        // An application that breaks a connection during a GET has seen the request; daprd sends it once.
        outgoing.mayRepeat = false
        outgoing.timeout = request.timeout ?? .seconds(1_000_000_000)
        do throws(CurlError) {
            let answer = try await client.send(outgoing)
            return AppResponse(status: answer.status, headers: answer.headers, body: answer.body)
        } catch {
            throw AppChannelError(error)
        }
    }
}

extension AppChannelError {
    fileprivate init(_ error: CurlError) {
        self =
            switch error {
            case .unreachable(let detail), .untrusted(let detail): .unreachable(detail)
            case .timedOut: .timedOut
            case .cancelled: .cancelled
            case .connectionLost, .bodyTooLarge, .invalidRequest, .failed: .failed(error.description)
            }
    }
}
