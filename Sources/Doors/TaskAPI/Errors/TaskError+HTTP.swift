import DaprHTTP
import DaprJSON
import TaskJSON
import Tasks
import WebFront

extension TaskError {
    /// The answer to a client when the domain or its storage refuses; mostly with the error's own code and sentence.
    var answer: ErrorAnswer {
        switch self {
        case .notFound: answer(.notFound)
        case .alreadyExists: answer(.conflict)
        case .versionMismatch(let current):
            answer(
                .preconditionFailed,
                details: ["current": current.json],
                headers: [("ETag", EntityTag.header(version: current.version))]
            )
        case .invalid(let faults): .invalid(faults)
        case .keyReused: answer(.unprocessableContent)
        case .changesGone(let head): answer(.gone, details: ["snapshot": "/api/tasks", "since": .integer(head)])
        case .limitExceeded(let limit): answer(.conflict, details: ["limit": .integer(limit)])
        case .bookFull(let used, let limit):
            answer(.conflict, details: ["limit": .integer(limit), "used": .integer(used)])
        case .tooManyWaiting(let retryAfter): answer(.tooManyRequests, retryAfter: retryAfter)
        case .storeUnavailable(let retryAfter): answer(.serviceUnavailable, retryAfter: retryAfter)
        case .outcomeUnknown:
            answer(.serviceUnavailable, details: ["outcome": "unknown"], retryAfter: .seconds(1))
        case .deadlineExceeded, .cancelled: answer(.serviceUnavailable, retryAfter: .seconds(1))
        case .newerFormat:
            // The error's own sentence names a storage key, which belongs in the log only.
            ErrorAnswer(
                status: .serviceUnavailable,
                code: code,
                message: "These tasks were written by a newer server than this one; nothing was done. Repeat it later.",
                headers: [ErrorAnswer.retryAfter(.seconds(30))]
            )
        case .unreadable: .internalError
        }
    }

    private func answer(
        _ status: HTTPStatus,
        details: JSONObject = [:],
        headers: [(name: String, value: String)] = [],
        retryAfter: Duration? = nil
    ) -> ErrorAnswer {
        ErrorAnswer(
            status: status,
            code: code,
            message: description,
            details: details,
            headers: headers + (retryAfter.map { [ErrorAnswer.retryAfter($0)] } ?? [])
        )
    }
}

extension ErrorAnswer {
    /// The answer that lists each invalid field.
    static func invalid(_ faults: [FieldFault]) -> ErrorAnswer {
        ErrorAnswer(
            status: .unprocessableContent,
            code: TaskError.invalid(faults).code,
            message: FieldFault.summary(of: faults) + ".",
            details: ["fields": .array(faults.prefix(FieldFault.toldLimit).map(\.json))]
        )
    }

    /// `Retry-After` in whole seconds, rounded up, at least one.
    static func retryAfter(_ duration: Duration) -> (name: String, value: String) {
        let (seconds, rest) = duration.components
        return ("Retry-After", String(max(1, rest > 0 ? seconds + 1 : seconds)))
    }
}

extension WebFault {
    /// A refusal by the domain or its storage.
    static func task(_ error: TaskError) -> WebFault {
        .refused(error.answer, hiding: error.needsAttention ? error.description : nil)
    }

    /// The path holds no task identifier.
    ///
    /// The answer has the same bytes as for a task that does not exist, because neither names the identifier.
    static var noSuchTask: WebFault { .task(.notFound(TaskID(high: 0, low: 0))) }

    /// The body, or the query of a list, has values that no task can have; one fault per field.
    static func invalidFields(_ faults: [FieldFault]) -> WebFault { .refused(.invalid(faults)) }
}
