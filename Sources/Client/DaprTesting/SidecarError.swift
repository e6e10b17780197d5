internal import DaprSidecar
internal import DaprSidecarHTTP

/// Why a sidecar for tests cannot be created or started.
public enum SidecarError: Error, Sendable, Hashable {
    /// A resource is not valid, or a component cannot be opened; the text names it and says what to do.
    case resources(String)
    /// The fault plan is not valid; the text names the line and says what may stand there.
    case faultPlan(String)
    /// The system refused a resource that a listening sidecar needs: a port, descriptors, or a thread.
    case cannotListen(String)

    init(_ error: ComponentError) { self = .resources("\(error)") }

    init(_ error: SidecarServiceError) {
        switch error {
        case .component(let error): self.init(error)
        case .server, .metrics, .client: self = .cannotListen("\(error)")
        }
    }
}

extension SidecarError: CustomStringConvertible {
    /// What is wrong and what to do about it.
    public var description: String {
        switch self {
        case .resources(let reason): "the sidecar's resources cannot be used: \(reason)"
        case .faultPlan(let reason): reason
        case .cannotListen(let reason): "the sidecar cannot listen: \(reason)"
        }
    }
}
