import DaprHTTP
import DaprText
import Tasks
import WebFront

/// What a list is asked for.
struct ListRequest {
    var query = TaskQuery()
    /// What is shown of each task, sorted by name.
    var members = TaskMember.sorted

    /// Reads the parameters of a list.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - zones: Knows the time zones.
    ///   - now: The current time, from which relative dates count.
    /// - Throws: Everything that is wrong with them.
    init(_ request: HTTPRequest, _ zones: TaskZones, now: Timestamp) throws(WebFault) {
        query.now = now
        var parameters = try QueryParameters(request, taking: ListParameter.allCases)
        for (parameter, value) in parameters.given {
            if let fault = parameter.set(value, in: &self, zones) { parameters.faults.append(fault) }
        }
        if !parameters.has(.zone), let zone = try parameters.zoneOfHeader(request, zones) { query.zone = zone }
        if parameters.has(.search), !parameters.has(.sort) { query.order = .rank }
        if query.order.usesRank, !parameters.has(.search) {
            parameters.faults.append(
                FieldFault(ListParameter.sort.rawValue, .contradiction, "Give q with it, or another order.")
            )
        }
        try parameters.check()
    }

    /// The headers of the answer, given the tag of its page and whether the same request will always have it.
    func headers(_ tag: String, lasts: Bool) -> HTTPHeaders {
        var headers: HTTPHeaders = ["ETag": "\"\(entityTag(tag))\""]
        headers.addCaching(lasts: lasts, varying: ["Time-Zone"])
        return headers
    }

    /// The entity tag of the answer, given the tag of its page.
    func entityTag(_ tag: String) -> String {
        members.count == TaskMember.sorted.count ? tag : "\(tag).\(members.map(\.name).joined(separator: "-"))"
    }
}

extension FieldFault {
    static func unknownZone(_ field: String) -> FieldFault {
        FieldFault(field, .notOneOf, "Give a time zone of the IANA database, such as Europe/Berlin, or UTC.")
    }
}
