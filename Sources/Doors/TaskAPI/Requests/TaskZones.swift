import DaprCalendar
import DaprText
import Synchronization
import Tasks

/// The time zones that requests name (https://www.iana.org/time-zones), read from the system's files when they are
/// first asked for.
package final class TaskZones: Sendable {
    private let known = Mutex<[ExactText: TaskZone]>([:])
    private let read: @Sendable (String) -> [UInt8]?

    /// Creates the zones, of which none is read yet.
    /// - Parameter read: Returns the bytes of the file at a path, or `nil` when there is none. It is called once for
    ///   each zone, and each time for a name that is none.
    package init(read: @escaping @Sendable (String) -> [UInt8]?) {
        self.read = read
    }

    /// The zone of a name such as `Europe/Berlin`; `nil` when there is none.
    func zone(named name: String) -> TaskZone? {
        if name.utf8.elementsEqual("UTC".utf8) { return .utc }
        // Folders and files beside the zones begin with a small letter: `right` has days with leap seconds.
        guard let first = name.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else { return nil }
        if let zone = known.withLock({ $0[name] }) { return zone }
        // The system takes more slashes than a name has, and each such name would be kept.
        guard
            !name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).contains(where: \.isEmpty)
        else { return nil }
        guard let rules = TimeZoneRules.named(name[...], read: read) else { return nil }
        let zone = TaskZone(name: name, rules: rules)
        known.withLock { $0[name] = zone }
        return zone
    }
}
