internal import DaprJSON
internal import Tasks

extension JSONValue {
    /// Parses a stored document that states its format in `v`.
    ///
    /// - Parameters:
    ///   - bytes: The document.
    ///   - format: The newest format that this program reads.
    ///   - key: The document's key.
    ///   - kind: The expected kind of document, for people.
    /// - Throws: ``TaskError/newerFormat(key:found:supported:)``, or ``TaskError/unreadable(key:reason:)``.
    init(stored bytes: [UInt8], upTo format: Int, key: String, kind: StaticString) throws(TaskError) {
        guard let value = try? JSONValue(parsing: bytes), let found = value["v"]?.intValue else {
            throw .unreadable(key: key, reason: "no \(kind)")
        }
        guard found <= format else { throw .newerFormat(key: key, found: found, supported: format) }
        self = value
    }

    /// Reads an optional member: `.some(nil)` when it is absent, `nil` when it cannot be read.
    func optional<Value>(_ name: String, _ read: (JSONValue) -> Value?) -> Value?? {
        guard let member = self[name] else { return .some(nil) }
        return read(member).map { .some($0) }
    }
}
