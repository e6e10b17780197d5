/// How far the life of a sidecar has come.
enum SidecarPhase: Sendable {
    /// The components are being opened.
    case starting
    /// The components are open; the application has not answered yet.
    case open
    /// The application answers and was asked for its subscriptions, or there is none.
    case ready
    /// Deliveries end; the API is still served.
    ///
    /// - `isReady`: what `healthz` says meanwhile. With `blockShutdown` it is `false`, so that nobody begins anything new.
    /// - `isOpen`: whether the components were open when it began.
    case stopping(isReady: Bool, isOpen: Bool)
    /// The components are closed, or about to be.
    case stopped

    /// What `healthz` says.
    var isReady: Bool {
        switch self {
        case .starting, .open, .stopped: false
        case .ready: true
        case .stopping(let isReady, _): isReady
        }
    }

    /// What `healthz/outbound` says: whether the application may call the sidecar.
    var isOutboundReady: Bool {
        switch self {
        case .starting, .stopped: false
        case .open, .ready: true
        case .stopping(_, let isOpen): isOpen
        }
    }

    /// Whether deliveries end or have ended.
    var isStopping: Bool {
        switch self {
        case .starting, .open, .ready: false
        case .stopping, .stopped: true
        }
    }

    /// Notes that the components are open, and whether there is an application to wait for.
    mutating func noteOpen(hasApp: Bool) {
        if !isStopping { self = hasApp ? .open : .ready }
    }

    /// Notes that the application answers; a sidecar that stops stays so.
    mutating func noteReady() {
        if !isStopping { self = .ready }
    }

    /// Begins to stop; what was stopped already stays so.
    mutating func announceStop(blocks: Bool) {
        if case .stopped = self { return }
        self = .stopping(isReady: isReady && !blocks, isOpen: isOutboundReady)
    }
}
