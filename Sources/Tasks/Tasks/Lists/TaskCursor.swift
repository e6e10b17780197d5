import DaprText

/// The place where a page goes on, and the instant of the first page; its text form is in base64url, with a checksum
/// over it and its query.
///
/// A cursor for other filters, another order, another zone or another moment is refused, and so is one that was cut or changed by
/// accident. Doors sign it for its owner, so that it is nobody else's and nobody makes one. It reveals nothing but what the page showed.
struct TaskCursor: Sendable {
    private static let lengthLimit = 4096

    /// The past that a list is of.
    struct Past: Sendable {
        /// The change after which the tasks were so, on all pages: a time may mean a later one by then.
        let sequence: Int
        /// The moment that was asked for.
        let moment: Moment

        /// Whether a list as of a moment goes on here.
        func isAsOf(_ moment: Moment) -> Bool { moment == self.moment || moment == .sequence(sequence) }
    }

    let position: TaskPosition
    /// What `now` means on all pages, so that `today` does not move under a reader.
    let now: Timestamp
    /// `nil` in a list of today's tasks.
    let past: Past?

    init(position: TaskPosition, now: Timestamp, past: Past? = nil) {
        self.position = position
        self.now = now
        self.past = past
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
        // Two lines more tell of the past.
        let start = query.moment == nil ? 4 : 6
        guard lines.count == count + start, lines[1] == (query.moment == nil ? "2" : "3"),
            lines[0] == Self.checksum(lines[1...].joined(separator: "\n"), query),
            let id = TaskID(String(lines[2])), let now = Int64(lines[3]).flatMap({ Timestamp(milliseconds: $0) })
        else { return nil }
        var values: [TaskPosition.Value] = []
        for line in lines[start...] {
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
        guard let moment = query.moment else {
            self.init(position: TaskPosition(values: values, id: id), now: now)
            return
        }
        guard let past = Past(lines[4], lines[5]), past.isAsOf(moment) else { return nil }
        self.init(position: TaskPosition(values: values, id: id), now: now, past: past)
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
        let head = [past == nil ? "2" : "3", position.id.rawValue, "\(now.milliseconds)"]
        let payload = (head + (past?.lines ?? []) + values).joined(separator: "\n")
        return Base64.url.encoded(Array("\(Self.checksum(payload, query))\n\(payload)".utf8))
    }

    private static func checksum(_ payload: String, _ query: TaskQuery) -> String {
        var hash = FNV1a<UInt64>()
        hash.add([payload, query.canonical].joined(separator: "\0"))
        return String(hash.value, radix: 16)
    }
}

extension TaskCursor.Past {
    /// Reads the lines of a cursor.
    fileprivate init?(_ sequence: Substring, _ time: Substring) {
        guard let sequence = Int(sequence), sequence >= 0 else { return nil }
        if time.utf8.elementsEqual("-".utf8) {
            self.init(sequence: sequence, moment: .sequence(sequence))
        } else {
            guard let time = Int64(time).flatMap({ Timestamp(milliseconds: $0) }) else { return nil }
            self.init(sequence: sequence, moment: .time(time))
        }
    }

    fileprivate var lines: [String] {
        switch moment {
        case .sequence: ["\(sequence)", "-"]
        case .time(let time): ["\(sequence)", "\(time.milliseconds)"]
        }
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
