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
        guard let items = request.queryItems() else { throw .malformedQuery }
        query.now = now
        var faults: [FieldFault] = []
        var seen: Set<ListParameter> = []
        for (name, value) in items {
            guard let parameter = ListParameter(rawValue: name) else {
                let names = ListParameter.allCases.map(\.rawValue).joined(separator: ", ")
                faults.append(FieldFault(name, .unknownField, "A list takes \(names)."))
                continue
            }
            guard seen.insert(parameter).inserted else {
                faults.append(FieldFault(name, .duplicate, "Give this once."))
                continue
            }
            if let fault = parameter.set(value, in: &self, zones) { faults.append(fault) }
        }
        if !seen.contains(.zone), let name = try request.timeZoneName() {
            if let zone = zones.zone(named: name) {
                query.zone = zone
            } else {
                faults.append(.unknownZone("Time-Zone"))
            }
        }
        if seen.contains(.search), !seen.contains(.sort) { query.order = .rank }
        if query.order.usesRank, !seen.contains(.search) {
            faults.append(FieldFault(ListParameter.sort.rawValue, .contradiction, "Give q with it, or another order."))
        }
        guard faults.isEmpty else { throw .invalidParameters(faults) }
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
