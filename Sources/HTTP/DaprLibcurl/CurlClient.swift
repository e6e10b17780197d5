package import DaprEventLoop

/// An HTTP/1.1 client on event loops: libcurl's multi interface, with one driver for each loop.
///
/// A call made on one of the loops stays there without a thread hop; a call from elsewhere goes to the next loop in
/// turn. Connections are kept and reused. Proxies of the environment are not used, and redirects are returned as
/// answers.
package final class CurlClient: Sendable {
    package struct Configuration: Sendable {
        /// How many idle connections a loop keeps.
        ///
        /// It must be above the most calls that a loop has in flight; below that, connections are closed and opened all
        /// the time.
        package var maximumConnections = 1024
        /// The unix domain socket that every call goes to; `nil` for TCP to the URL's host.
        package var unixSocketPath: String?
        /// A PEM file with the certificate authorities to trust for https; `nil` for the system's.
        package var certificateAuthorities: String?

        package init(
            maximumConnections: Int = 1024,
            unixSocketPath: String? = nil,
            certificateAuthorities: String? = nil
        ) {
            self.maximumConnections = maximumConnections
            self.unixSocketPath = unixSocketPath
            self.certificateAuthorities = certificateAuthorities
        }
    }

    private let loops: EventLoopGroup
    private let drivers: [CurlDriver]

    /// Creates a client on event loops, which must outlive it; see ``shutdown()``.
    package init(_ configuration: Configuration = Configuration(), on loops: EventLoopGroup) throws(CurlError) {
        self.loops = loops
        var drivers: [CurlDriver] = []
        for loop in loops.loops { drivers.append(try CurlDriver(configuration, on: loop)) }
        self.drivers = drivers
    }

    /// Sends a request and returns its answer, whatever the status.
    ///
    /// - Throws: ``CurlError``; `.cancelled` as soon as the caller's task is cancelled.
    package func send(_ request: CurlRequest) async throws(CurlError) -> CurlResponse {
        let driver = driver()
        let transfer = CurlTransfer(request)
        if Task.isCancelled { throw .cancelled(requestSent: false) }
        let outcome = await withTaskCancellationHandler {
            unsafe await withUnsafeContinuation { continuation in
                unsafe driver.submit(transfer, continuation)
            }
        } onCancel: {
            driver.cancel(transfer)
        }
        return try outcome.get()
    }

    /// Ends every call in flight with `.cancelled`, closes the connections, and returns afterwards.
    package func shutdown() async {
        for driver in drivers { await driver.shutdown() }
    }

    private func driver() -> CurlDriver {
        let loop = loops.next()
        return drivers.first { $0.loop === loop } ?? drivers[0]
    }
}
