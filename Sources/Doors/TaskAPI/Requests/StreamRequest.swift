import DaprHTTP
import TaskFilter
import Tasks
import WebFront

/// What a stream of changes is asked for.
struct StreamRequest {
    /// The last change that the client knows; `nil` to begin with the next one.
    private(set) var since: Int?
    /// Which changes are sent; `nil` for all.
    private(set) var filter: Filter?
    /// The zone in which the filter's days begin and end.
    private(set) var zone = TaskZone.utc

    private enum Name: String, CaseIterable {
        case since, filter
        case zone = "tz"
    }

    /// Reads the parameters and headers of a stream.
    ///
    /// - Parameters:
    ///   - request: The request; its `Last-Event-ID`, which a client sends that comes again, wins over `since`.
    ///   - zones: Knows the time zones.
    /// - Throws: Everything that is wrong with them.
    init(_ request: HTTPRequest, _ zones: TaskZones) throws(WebFault) {
        var parameters = try QueryParameters(request, taking: Name.allCases)
        for (name, value) in parameters.given {
            if let fault = set(name, value, zones) { parameters.faults.append(fault) }
        }
        if !parameters.has(.zone), let zone = try parameters.zoneOfHeader(request, zones) { self.zone = zone }
        try parameters.check()
        let ids = request.headers.values("Last-Event-ID")
        if let id = ids.first {
            guard ids.count == 1, let sequence = Int(id), ChangeQuery.sequences.contains(sequence) else {
                throw .invalidHeader(name: "Last-Event-ID", expected: "the id of the last event")
            }
            since = sequence
        }
    }

    private mutating func set(_ name: Name, _ value: String, _ zones: TaskZones) -> FieldFault? {
        switch name {
        case .since:
            guard let number = Int(value), ChangeQuery.sequences.contains(number) else {
                return .noSequence(name.rawValue)
            }
            since = number
        case .filter:
            do throws(FilterError) {
                filter = try Filter(parsing: value)
            } catch {
                return FieldFault(name.rawValue, .invalidFilter, "\(error)")
            }
        case .zone:
            guard let zone = zones.zone(named: value) else { return .unknownZone(name.rawValue) }
            self.zone = zone
        }
        return nil
    }
}
