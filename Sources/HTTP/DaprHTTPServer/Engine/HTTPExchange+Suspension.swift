internal import CDaprMicrohttpd
import DaprHTTP

/// When libmicrohttpd is to leave a request alone.
extension HTTPExchange {
    /// Whether libmicrohttpd leaves the connection alone until it is resumed.
    var isSuspended: Bool {
        switch suspension {
        case .none, .askedOnce: false
        case .decision, .answer, .body, .parked: true
        }
    }

    var isParked: Bool { suspension == .parked }

    /// Whether the consumer of the body is behind, so that its client cannot go on.
    var isHeldUp: Bool { suspension == .body }

    /// Suspends a request that cannot go on before more of it comes.
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
