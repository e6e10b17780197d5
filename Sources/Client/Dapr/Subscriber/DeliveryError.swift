/// Why a request is not the call of the sidecar that a handler takes it for.
public enum DeliveryError: Error, Sendable, Hashable {
    /// The path is another than the one the sidecar calls, which is given with its parameters in braces.
    case otherPath(expected: String)
    /// The body does not have the form that is given.
    case malformedBody(expected: String)
    /// Data was asked for, and the call brings none.
    case noData
}

extension DeliveryError: CustomStringConvertible {
    /// What is wrong with the request; it names what was expected, never what came.
    public var description: String {
        switch self {
        case .otherPath(let expected): "the path of this call must be \(expected); check the route"
        case .malformedBody(let expected): "the body of this call must be \(expected); check who sends it"
        case .noData: "the call brings no data; check who schedules or sends it"
        }
    }
}
