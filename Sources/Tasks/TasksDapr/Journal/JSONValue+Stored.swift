internal import DaprJSON
internal import Tasks

extension JSONValue {
    /// Parses a stored document that says its format in `v`.
    ///
    /// - Parameters:
    ///   - bytes: the document.
    ///   - format: the newest format that this program reads.
    ///   - key: where the document is stored.
    ///   - kind: what it must be, for people.
    /// - Throws: ``TaskError/newerFormat(key:found:supported:)``, or ``TaskError/unreadable(key:reason:)``.
    init(stored bytes: [UInt8], upTo format: Int, key: String, kind: StaticString) throws(TaskError) {
        guard let value = try? JSONValue(parsing: bytes), let found = value["v"]?.intValue else {
            throw .unreadable(key: key, reason: "no \(kind)")
        }
        guard found <= format else { throw .newerFormat(key: key, found: found, supported: format) }
        self = value
    }

    /// A member that may be absent, which is `.some(nil)`; nil when it is there and cannot be read.
    func optional<Value>(_ name: String, _ read: (JSONValue) -> Value?) -> Value?? {
        guard let member = self[name] else { return .some(nil) }
        return read(member).map { .some($0) }
    }
}
