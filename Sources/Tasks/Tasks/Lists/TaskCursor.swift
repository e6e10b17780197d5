import DaprText

/// The place where a page goes on, and the instant of the first page; its text form is in base64url, with a checksum
/// over it and its query.
///
/// A cursor for other filters, another order or another zone is refused, and so is one that was cut or changed by accident. Doors sign
/// it for its owner, so that it is nobody else's and nobody makes one. It reveals nothing but what the page showed.
struct TaskCursor: Sendable {
    private static let lengthLimit = 4096

    let position: TaskPosition
    /// What `now` means on all pages, so that `today` does not move under a reader.
    let now: Timestamp

    init(position: TaskPosition, now: Timestamp) {
        self.position = position
        self.now = now
    }

    /// Parses a cursor.
    ///
    /// - Throws: ``TaskError/invalid(_:)`` when the text is not a cursor of this query.
    init(parsing text: String, of query: TaskQuery) throws(TaskError) {
        guard let cursor = TaskCursor(text, query) else {
            throw .invalid([.invalidCursor])
        }
        self = cursor
    }

    private init?(_ text: String, _ query: TaskQuery) {
        guard text.utf8.count <= TaskCursor.lengthLimit, let bytes = Base64.url.decoded(text),
            let all = String(validating: bytes, as: UTF8.self)
        else { return nil }
        // Bytes, because a combining mark at the start of a title would form one character with the letter before it.
        let lines = all.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            Substring($0)
        }
        let count = query.order.keys.count
        guard lines.count == count + 4, lines[1] == "2",
            lines[0] == Self.checksum(lines[1...].joined(separator: "\n"), query),
            let id = TaskID(String(lines[2])), let now = Int64(lines[3]).flatMap({ Timestamp(milliseconds: $0) })
        else { return nil }
        var values: [TaskPosition.Value] = []
        for line in lines[4...] {
            let rest = String(decoding: line.utf8.dropFirst(), as: UTF8.self)
            switch line.utf8.first {
            case UInt8(ascii: "n"):
                guard let number = Int64(rest) else { return nil }
                values.append(.number(number))
            case UInt8(ascii: "t"): values.append(.text(rest))
            case UInt8(ascii: "-"): values.append(.none)
            default: return nil
            }
        }
        self.init(position: TaskPosition(values: values, id: id), now: now)
    }

    /// The text form of a cursor of this query.
    func text(of query: TaskQuery) -> String {
        let values = position.values.map { value in
            switch value {
            case .number(let number): "n\(number)"
            // A title has no line breaks.
            case .text(let text): "t\(text)"
            case .none: "-"
            }
        }
        let payload = (["2", position.id.rawValue, "\(now.milliseconds)"] + values).joined(separator: "\n")
        return Base64.url.encoded(Array("\(Self.checksum(payload, query))\n\(payload)".utf8))
    }

    private static func checksum(_ payload: String, _ query: TaskQuery) -> String {
        var hash = FNV1a<UInt64>()
        hash.add([payload, query.canonical].joined(separator: "\0"))
        return String(hash.value, radix: 16)
    }
}

extension FieldFault {
    /// The cursor is none, or of another list.
    package static let invalidCursor = FieldFault(
        "cursor",
        .invalidCursor,
        "Give the cursor of the page before, and ask the same otherwise, or leave it out."
    )
}
