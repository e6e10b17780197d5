internal import DaprJSON

/// A call of the sidecar, as errors name it, with what must be known to judge its failure.
struct Operation: Sendable {
    /// What a call may change.
    enum Effect: Sendable {
        /// Nothing.
        case reads
        /// Something, wholly or not at all.
        case writes
        /// Several things that can fail one by one.
        case writesSeveral
    }

    let name: String
    let component: String?
    let effect: Effect

    init(_ name: String, _ component: String? = nil, _ effect: Effect) {
        self.name = name
        self.component = component
        self.effect = effect
    }

    /// The JSON of a value that a caller gave; one that cannot be JSON is an argument that cannot be sent.
    func encoded(_ value: some Encodable) throws(DaprError) -> [UInt8] {
        do {
            return try JSONCoding.encode(value)
        } catch {
            // The error of a value's own encoding may be any.
            throw invalidArgument("the value cannot be encoded as JSON: \(error)")
        }
    }

    /// The error for arguments that cannot be sent.
    func invalidArgument(_ reason: String) -> DaprError {
        DaprError(.invalidArgument, operation: name, component: component, message: reason)
    }

    /// The error for an answer that Dapr's API does not promise; who gives it may not be a sidecar, so a write stays open.
    func unreadableAnswer(_ response: DaprResponse, _ reason: String) -> DaprError {
        DaprError(
            .unreadableAnswer,
            operation: name,
            component: component,
            status: response.status,
            outcomeUnknown: effect != .reads,
            message: reason
        )
    }

    /// The error for an exchange without an answer.
    func failure(_ error: DaprTransportError) -> DaprError {
        let isUnclear = effect != .reads && error.mayHaveBeenReceived
        let kind: DaprError.Kind =
            switch error {
            case .cancelled, .cancelledBeforeSending: .cancelled
            case .unreachable, .untrustedCertificate: .unreachable
            case .invalidRequest: .invalidArgument
            case .timedOut: isUnclear ? .outcomeUnknown : .timedOut
            case .connectionLost: isUnclear ? .outcomeUnknown : .unreachable
            case .answerTooLarge: isUnclear ? .outcomeUnknown : .unreadableAnswer
            }
        return DaprError(
            kind,
            operation: name,
            component: component,
            outcomeUnknown: isUnclear,
            transportError: error
        )
    }

    /// The error for an answer whose status is not one of success.
    ///
    /// `guards` is what the call made its write depend on, which decides whether the failure can be a conflict or a key that exists.
    func refusal(_ response: DaprResponse, guards: WriteGuards? = nil) -> DaprError {
        let answer = ErrorAnswer(response)
        let broken = guards?.failure(told: answer, effect: effect)
        let kind: DaprError.Kind
        if let broken {
            kind = broken
        } else if answer.isAboutMissingComponent {
            kind = .notConfigured
        } else if effect != .reads && answer.leavesOutcomeOpen {
            kind = .outcomeUnknown
        } else {
            kind = response.status == 404 ? .notFound : .refused
        }
        return DaprError(
            kind,
            operation: name,
            component: component,
            status: response.status,
            errorCode: answer.code,
            outcomeUnknown: broken != nil && effect == .writesSeveral,
            message: answer.message
        )
    }

    /// The error for a refusal whose kind the call knows from the words of the answer; nothing was written.
    func refusal(_ response: DaprResponse, as kind: DaprError.Kind) -> DaprError {
        let answer = ErrorAnswer(response)
        return DaprError(
            kind,
            operation: name,
            component: component,
            status: response.status,
            errorCode: answer.code,
            message: answer.message
        )
    }
}
