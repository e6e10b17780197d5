import Dapr
import DaprHTTP
import DaprText
import Tasks
import WebFront

extension Principal {
    /// The owner whose tasks the principal may see and change.
    ///
    /// - Throws: `subjectRefused` for a subject that cannot be an owner's name; authentication lets no such subject
    ///   through.
    var owner: OwnerID {
        get throws(WebFault) {
            guard let owner = OwnerID(subject) else { throw .subjectRefused }
            return owner
        }
    }
}

extension Exchange {
    /// The path that links to tasks begin with, in the family that the client used.
    var collectionPath: String {
        guard let user = parameters["user_id"] else { return "/api/tasks" }
        return "/api/\(PercentEncoding.encoded(user))/tasks"
    }
}

extension CallerTrace {
    /// The trace of an exchange, for what is done to answer it.
    init(_ trace: TraceContext) { self.init(parent: trace.traceparent, state: trace.tracestate) }
}
