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
        guard let items = request.queryItems() else { throw .malformedQuery }
        var faults: [FieldFault] = []
        var seen: Set<Name> = []
        for (text, value) in items {
            guard let name = Name(rawValue: text) else {
                let names = Name.allCases.map(\.rawValue).joined(separator: ", ")
                faults.append(FieldFault(text, .unknownField, "A stream takes \(names)."))
                continue
            }
            guard seen.insert(name).inserted else {
                faults.append(FieldFault(text, .duplicate, "Give this once."))
                continue
            }
            if let fault = set(name, value, zones) { faults.append(fault) }
        }
        if !seen.contains(.zone), let name = try request.timeZoneName() {
            if let zone = zones.zone(named: name) {
                self.zone = zone
            } else {
                faults.append(.unknownZone("Time-Zone"))
            }
        }
        guard faults.isEmpty else { throw .invalidParameters(faults) }
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
