/// The value of a task's member, independent of the format.
package enum TaskValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    /// A text that never needs escaping, such as a status.
    case word(String)
    case text(String)
    case time(Timestamp)
    case day(UTCDay)
    case id(TaskID)
    case list([String])
    /// A value that no member can have.
    case other

    /// The size of the texts in bytes, in their stored form.
    var textBytes: Int {
        switch self {
        case .text(let text): StoredText.bytes(text)
        case .list(let texts): texts.reduce(0) { $0 + StoredText.bytes($1) }
        case .null, .bool, .integer, .word, .time, .day, .id, .other: 0
        }
    }

    /// The approximate size of the texts in memory, in bytes.
    var approximateBytes: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .list(let texts): texts.reduce(0) { $0 + 32 + $1.utf8.count }
        case .null, .bool, .integer, .word, .time, .day, .id, .other: 0
        }
    }
}
