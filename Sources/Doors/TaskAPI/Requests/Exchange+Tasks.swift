import DaprHTTP
import DaprText
import Tasks
import WebFront

extension Principal {
    /// The owner of the tasks that may be seen and changed.
    ///
    /// - Throws: `subjectRefused` for a subject that is no owner's name; what makes a principal takes no such one.
    var owner: OwnerID {
        get throws(WebFault) {
            guard let owner = OwnerID(subject) else { throw .subjectRefused }
            return owner
        }
    }
}

extension Exchange {
    /// The first path segments that links to tasks begin with: the family the client itself used.
    var collectionPath: String {
        guard let user = parameters["user_id"] else { return "/api/tasks" }
        return "/api/\(PercentEncoding.encoded(user))/tasks"
    }
}
