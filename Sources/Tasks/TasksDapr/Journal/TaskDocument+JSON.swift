internal import DaprJSON
internal import TaskJSON
internal import Tasks

extension TaskDocument {
    /// Takes a stored document, and reads its version from the end, because `version` is the last key.
    ///
    /// A document that the store keeps in a form of its own (PostgreSQL's `jsonb`) is parsed instead.
    /// - Throws: ``TaskError/unreadable(key:reason:)`` when the document has no version.
    init(stored bytes: [UInt8], key: String) throws(TaskError) {
        if let version = TaskDocument.lastVersion(bytes) {
            self.init(bytes: bytes, version: version)
        } else if let version = (try? JSONValue(parsing: bytes))?["version"]?.intValue, version > 0 {
            self.init(bytes: bytes, version: version)
        } else {
            throw .unreadable(key: key, reason: "no task document")
        }
    }

    /// The N of a document that ends with `,"version":N}`; `nil` when it ends otherwise.
    private static func lastVersion(_ bytes: [UInt8]) -> Int? {
        guard bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else { return nil }
        var digits = bytes.dropLast().suffix(16)
        while let first = digits.first, !(48...57).contains(first) { digits.removeFirst() }
        // Anything but digits left means that the number does not end the document.
        guard !digits.isEmpty, digits.first != 48, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        let name = Array(#","version":"#.utf8)
        guard bytes[..<digits.startIndex].suffix(name.count).elementsEqual(name) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1) - 48 }
    }
}
