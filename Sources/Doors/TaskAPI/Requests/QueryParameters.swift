import DaprHTTP
import Tasks
import WebFront

/// The parameters of a query by their names, and what is wrong with them so far.
struct QueryParameters<Name: RawRepresentable<String> & Hashable> {
    /// Each that was given, once, in order.
    private(set) var given: [(name: Name, value: String)] = []
    var faults: [FieldFault] = []
    private var seen: Set<Name> = []

    /// Reads a query; a parameter that is not among `names`, or comes again, is a fault.
    ///
    /// - Throws: A refusal when the query is not readable at all.
    init(_ request: HTTPRequest, taking names: [Name]) throws(WebFault) {
        guard let items = request.queryItems() else { throw .malformedQuery }
        for (text, value) in items {
            guard let name = Name(rawValue: text), names.contains(name) else {
                let known = names.map(\.rawValue).joined(separator: ", ")
                faults.append(FieldFault(text, .unknownField, "This takes \(known)."))
                continue
            }
            guard seen.insert(name).inserted else {
                faults.append(FieldFault(text, .duplicate, "Give this once."))
                continue
            }
            given.append((name, value))
        }
    }

    func has(_ name: Name) -> Bool { seen.contains(name) }

    /// The zone that the header `Time-Zone` names, for a query without one; `nil` when there is none.
    mutating func zoneOfHeader(_ request: HTTPRequest, _ zones: TaskZones) throws(WebFault) -> TaskZone? {
        guard let name = try request.timeZoneName() else { return nil }
        let zone = zones.zone(named: name)
        if zone == nil { faults.append(.unknownZone("Time-Zone")) }
        return zone
    }

    /// - Throws: Everything that is wrong.
    func check() throws(WebFault) {
        guard faults.isEmpty else { throw .invalidParameters(faults) }
    }
}
