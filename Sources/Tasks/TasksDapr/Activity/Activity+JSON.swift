internal import DaprJSON
internal import Tasks

/// The stored form of an owner's activity.
///
///     {"days":{"2026-01-02":[1,2,0,0]},"longest":[5,"2025-12-24"],
///      "recent":[{"kind":"completed","sequence":7,"task":"<uuid>","time":"…Z","title":"Buy milk"}],
///      "sequence":7,"streak":[2,"2026-01-02"],"unheard":[[3,5]],"v":1}
///
/// A day holds the numbers of tasks created, completed, reopened and deleted on it; a streak holds its length and its
/// last day. `unheard` holds the first and the last sequence of each range of changes that are counted but did not come
/// as events. Older servers do not write it; then no change is known to have come as an event. The document has at most
/// 48 KiB.
struct ActivityDocument: Sendable {
    /// The format that this server writes, and the newest that it reads.
    static let format = 1

    /// The activity in the document.
    let activity: Activity
    /// The document's JSON, written as Dapr would write it again: keys sorted, `<>&` escaped.
    let bytes: [UInt8]
    /// The position of each day in `bytes`; `recent` holds those of the last changes.
    private let days: [Range<Int>]
    private let recent: [Range<Int>]

    /// Writes a document.
    ///
    /// - Parameters:
    ///   - activity: The activity to write.
    ///   - earlier: A document whose activity `activity` continues; the common parts, which are most of a document, are
    ///     copied from it.
    init(_ activity: Activity, after earlier: ActivityDocument? = nil) {
        var json = JSONWriter(escapingHTML: true, capacity: 4096)
        json.beginObject()
        json.key("days")
        json.beginObject()
        var days: [Range<Int>] = []
        if let earlier {
            let same = zip(activity.days, earlier.activity.days).prefix { $0 == $1 }.count
            days = json.copy(earlier.days.prefix(same), from: earlier.bytes)
        }
        for day in activity.days[days.count...] { days.append(json.place(isFirst: days.isEmpty) { $0.write(day) }) }
        json.endObject()
        json.write("longest", activity.longest)
        json.key("recent")
        json.beginArray()
        var recent: [Range<Int>] = []
        if let earlier {
            let same = activity.recent.prefix { $0.sequence <= earlier.activity.sequence }.count
            recent = json.copy(earlier.recent.suffix(same), from: earlier.bytes)
        }
        for change in activity.recent[recent.count...] {
            recent.append(json.place(isFirst: recent.isEmpty) { $0.write(change) })
        }
        json.endArray()
        json.key("sequence")
        json.integer(activity.sequence)
        json.write("streak", activity.streak)
        json.key("unheard")
        json.beginArray()
        for range in activity.unheard { json.write(range) }
        json.endArray()
        json.key("v")
        json.integer(ActivityDocument.format)
        json.endObject()
        (self.activity, bytes, self.days, self.recent) = (activity, json.bytes, days, recent)
    }

    /// Reads a document; `nil` when no server wrote it.
    /// - Throws: ``TaskError/newerFormat(key:found:supported:)``.
    static func activity(decoding bytes: [UInt8], key: String) throws(TaskError) -> Activity? {
        guard let value = try? JSONValue(parsing: bytes), let found = value["v"]?.intValue else { return nil }
        guard found <= format else { throw .newerFormat(key: key, found: found, supported: format) }
        guard let sequence = value["sequence"]?.intValue, sequence >= 0, let days = value["days"]?.objectValue,
            let recent = value["recent"]?.arrayValue
        else { return nil }
        let readDays = days.compactMap { Activity.Day($0.key, $0.value) }
        let readChanges = recent.compactMap { ActivityChange($0) }
        guard readDays.count == days.count, readChanges.count == recent.count,
            let streak = value.optional("streak", Activity.Streak.init),
            let longest = value.optional("longest", Activity.Streak.init),
            let unheard = unheard(value["unheard"], upTo: sequence)
        else { return nil }
        return Activity(
            sequence: sequence,
            days: readDays,
            recent: readChanges,
            streak: streak,
            longest: longest,
            unheard: unheard
        )
    }

    /// The ranges of changes without an event; `nil` unless they are ordered and among the counted changes.
    private static func unheard(_ stored: JSONValue?, upTo sequence: Int) -> [ClosedRange<Int>]? {
        guard let stored else { return sequence > 0 ? [1...sequence] : [] }
        guard let list = stored.arrayValue else { return nil }
        var ranges: [ClosedRange<Int>] = []
        for element in list {
            guard let first = element[0]?.intValue, let last = element[1]?.intValue, first <= last, last <= sequence,
                first > (ranges.last?.upperBound ?? 0)
            else { return nil }
            ranges.append(first...last)
        }
        return ranges
    }
}

extension JSONWriter {
    /// Copies consecutive elements or members from a text written before.
    /// - Returns: Their new positions.
    fileprivate mutating func copy(_ places: ArraySlice<Range<Int>>, from text: [UInt8]) -> [Range<Int>] {
        guard let first = places.first, let last = places.last else { return [] }
        raw(Array(text[first.lowerBound..<last.upperBound]))
        let distance = bytes.count - last.upperBound
        return places.map { ($0.lowerBound + distance)..<($0.upperBound + distance) }
    }

    /// Writes an element or a member.
    /// - Returns: Its position, without the comma in front.
    fileprivate mutating func place(isFirst: Bool, _ write: (inout JSONWriter) -> Void) -> Range<Int> {
        let start = bytes.count + (isFirst ? 0 : 1)
        write(&self)
        return start..<bytes.count
    }

    fileprivate mutating func write(_ day: Activity.Day) {
        key(day.day.text)
        beginArray()
        let counts = day.counts
        for count in [counts.created, counts.completed, counts.reopened, counts.deleted] { integer(count) }
        endArray()
    }

    fileprivate mutating func write(_ name: String, _ streak: Activity.Streak?) {
        guard let streak else { return }
        key(name)
        beginArray()
        integer(streak.days)
        string(streak.last.text)
        endArray()
    }

    fileprivate mutating func write(_ range: ClosedRange<Int>) {
        beginArray()
        integer(range.lowerBound)
        integer(range.upperBound)
        endArray()
    }

    fileprivate mutating func write(_ change: ActivityChange) {
        beginObject()
        key("kind")
        string(change.kind.rawValue)
        key("sequence")
        integer(change.sequence)
        key("task")
        plain(change.taskID.utf8.span)
        key("time")
        plain(change.time.utf8.span)
        key("title")
        string(change.title)
        endObject()
    }
}

extension Activity.Day {
    fileprivate init?(_ name: String, _ value: JSONValue) {
        let counts = (value.arrayValue ?? []).compactMap(\.intValue)
        guard let day = UTCDay(name), counts.count == 4, counts.allSatisfy({ $0 >= 0 }) else { return nil }
        self.init(
            day,
            Activity.Counts(created: counts[0], completed: counts[1], reopened: counts[2], deleted: counts[3])
        )
    }
}

extension Activity.Streak {
    fileprivate init?(_ value: JSONValue) {
        guard let days = value[0]?.intValue, days > 0, let last = value[1]?.stringValue.flatMap({ UTCDay($0) }) else {
            return nil
        }
        self.init(days: days, last: last)
    }
}

extension ActivityChange {
    fileprivate init?(_ value: JSONValue) {
        guard let kind = value["kind"]?.stringValue.flatMap(TaskChange.Kind.init(rawValue:)),
            let sequence = value["sequence"]?.intValue, let task = value["task"]?.stringValue.flatMap({ TaskID($0) }),
            let time = value["time"]?.stringValue.flatMap(Timestamp.init(parsing:)),
            let title = value["title"]?.stringValue
        else { return nil }
        self.init(sequence: sequence, time: time, kind: kind, taskID: task, title: title)
    }
}
