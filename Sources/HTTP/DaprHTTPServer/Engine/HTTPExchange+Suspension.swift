internal import CDaprMicrohttpd
import DaprHTTP

/// Suspending and resuming a request's connection.
extension HTTPExchange {
    /// Whether libmicrohttpd leaves the connection alone until it is resumed.
    var isSuspended: Bool {
        switch suspension {
        case .none, .askedOnce: false
        case .decision, .answer, .body, .parked: true
        }
    }

    var isParked: Bool { suspension == .parked }

    /// Whether the consumer of the body lags behind, so that the client has to wait.
    var isHeldUp: Bool { suspension == .body }

    /// Suspends a request that cannot proceed before more of it arrives.
    func park() { suspend(.parked) }

    func unpark() {
        if isParked { resume() }
    }

    func suspend(_ reason: Suspension) {
        suspension = reason
        unsafe MHD_suspend_connection(connection)
    }

    func resume() {
        suspension = .none
        unsafe MHD_resume_connection(connection)
        listener.markDirty()
    }
}
