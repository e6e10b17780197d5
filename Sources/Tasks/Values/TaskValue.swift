/// The value of a member of a task, free of any format.
package enum TaskValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    /// One of a few words, such as a status.
    case word(String)
    case text(String)
    case time(Timestamp)
    case id(TaskID)
    case list([String])
    /// What no member can be.
    case other

    /// The same values, texts byte for byte.
    package static func == (left: TaskValue, right: TaskValue) -> Bool {
        switch (left, right) {
        case (.null, .null), (.other, .other): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.word(let left), .word(let right)), (.text(let left), .text(let right)): left.hasSameBytes(as: right)
        case (.time(let left), .time(let right)): left == right
        case (.id(let left), .id(let right)): left == right
        case (.list(let left), .list(let right)): left.haveSameBytes(as: right)
        case (.null, _), (.bool, _), (.integer, _), (.word, _), (.text, _), (.time, _), (.id, _), (.list, _),
            (.other, _):
            false
        }
    }

    /// How many bytes its texts take where it is stored.
    var textBytes: Int {
        switch self {
        case .text(let text): StoredText.bytes(text)
        case .list(let texts): texts.reduce(0) { $0 + StoredText.bytes($1) }
        case .null, .bool, .integer, .word, .time, .id, .other: 0
        }
    }

    /// About how many bytes of memory its texts take.
    var approximateBytes: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .list(let texts): texts.reduce(0) { $0 + 32 + $1.utf8.count }
        case .null, .bool, .integer, .word, .time, .id, .other: 0
        }
    }
}
