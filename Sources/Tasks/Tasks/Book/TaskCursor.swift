import DaprText

/// A task's position in the order of a query.
struct TaskPosition: Comparable, Sendable {
    enum Value: Comparable, Sendable {
        case number(Int64)
        case text(String)
    }

    let value: Value
    let id: TaskID

    static func < (left: TaskPosition, right: TaskPosition) -> Bool {
        left.value == right.value ? left.id < right.id : left.value < right.value
    }
}

/// The text form of a cursor: a position and a checksum over it and its query, in base64url.
///
/// A cursor for other filters or another order is refused, and so is one that was cut or changed. It reveals nothing
/// but what the page showed.
enum TaskCursor {
    private static let lengthLimit = 4096

    static func text(_ position: TaskPosition, of query: TaskQuery) -> String {
        let payload =
            switch position.value {
            case .number(let number): "1\nn\(number)\n\(position.id)"
            case .text(let text): "1\nt\(text)\n\(position.id)"
            }
        return Base64.url.encoded(Array("\(checksum(payload, query))\n\(payload)".utf8))
    }

    /// Parses a cursor.
    ///
    /// - Throws: ``TaskError/invalid(_:)`` when the text is not a cursor of this query.
    static func position(in text: String, of query: TaskQuery) throws(TaskError) -> TaskPosition {
        guard let position = parsed(text, query) else {
            throw .invalid([
                FieldFault(
                    "cursor",
                    .invalidCursor,
                    "Give the cursor of the page before, with the same filters and sorting, or leave it out."
                )
            ])
        }
        return position
    }

    private static func parsed(_ text: String, _ query: TaskQuery) -> TaskPosition? {
        guard text.utf8.count <= lengthLimit, let bytes = Base64.url.decoded(text),
            let all = String(validating: bytes, as: UTF8.self)
        else { return nil }
        let lines = all.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            Substring($0)
        }
        guard lines.count == 4, lines[1] == "1", let id = TaskID(String(lines[3])),
            lines[0] == checksum(lines[1...].joined(separator: "\n"), query)
        else { return nil }
        // Bytes, because a combining mark at the start of the text would form one character with the letter before it.
        let rest = String(decoding: lines[2].utf8.dropFirst(), as: UTF8.self)
        switch lines[2].utf8.first {
        case UInt8(ascii: "n"): return Int64(rest).map { TaskPosition(value: .number($0), id: id) }
        case UInt8(ascii: "t"): return TaskPosition(value: .text(rest), id: id)
        default: return nil
        }
    }

    /// Guards against accidents, not against forgers, who have nothing to gain.
    private static func checksum(_ payload: String, _ query: TaskQuery) -> String {
        let parts = [
            payload, query.sort.rawValue, query.ascending ? "a" : "d", query.status?.rawValue ?? "",
            query.priority?.rawValue ?? "", query.completed.map { "\($0)" } ?? "", query.tag ?? "",
        ]
        var hash = FNV1a<UInt64>()
        hash.add(parts.joined(separator: "\0"))
        return String(hash.value, radix: 16)
    }
}
