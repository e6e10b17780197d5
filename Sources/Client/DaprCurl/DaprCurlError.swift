/// Why a transport to the sidecar cannot be made.
public enum DaprCurlError: Error, Sendable, Hashable {
    /// An address or variable is not of its form; the text says what the form is, without the value.
    case malformedEndpoint(String)
    /// The system refused what the transport needs: descriptors, a thread, memory.
    case cannotStart(String)
}

extension DaprCurlError: CustomStringConvertible {
    /// What failed and what to do.
    public var description: String {
        switch self {
        case .malformedEndpoint(let form):
            "the address of the sidecar cannot be read: \(form); correct DAPR_HTTP_ENDPOINT or DAPR_HTTP_PORT"
        case .cannotStart(let reason):
            "the transport to the sidecar cannot start: \(reason); check the limits of the process"
        }
    }
}
