/// The value of a member of a task, free of any format.
package enum TaskValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    /// A text that needs no escape, such as a status or a day.
    case word(String)
    case text(String)
    case time(Timestamp)
    case id(TaskID)
    case list([String])
    /// What no member can be.
    case other

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
