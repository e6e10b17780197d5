internal import DaprJSON
package import Tasks

/// One commit as the journal holds it: changes that were written together, under the sequence of the first.
///
///     {"after":"<uuid>","by":"5bd1…","changes":[…],"clock":1767323045678,"hash":"…","id":"<uuid>","more":{…},"published":6,
///      "sequence":7,"time":"2026-01-02T03:04:05.678Z","v":3}
///
/// `changes` are told by ``JournalEntry``. `clock` is the time by which ages are told (``AgeClock``), in milliseconds; what older servers wrote has none.
/// `id` tells a writer whether a record is its own. `after` is the identifier of the commit before it; it is absent where that was not known, as
/// in what older servers wrote, which pass over it. `published` is the highest sequence the writer knew to be published. `by` is the server that wrote
/// it, by the name that it has in ``PublishedMark``; from format 3 on.
///
/// `hash` and `more` are kept for servers to come, wherever a record goes: `hash` is the chain's at this commit, made of the one before and of what the
/// commit says, whatever its format; a commit without one begins no chain. `more` is an object with whatever else they note.
///
/// Format 2 is the same without what only format 3 holds (``needOfNewest``). Format 1 had no `task`, `previous` and `request`, but the fields after the
/// change in `after`, the task's identifier in `task`, and the version. A record that is brought back to an older format keeps what servers of that
/// format pass over, so that nothing is lost.
package struct CommitRecord: Equatable, Sendable {
    /// The formats it reads, and can bring a journal to.
    package static let formats = 1...3
    /// The formats a server may write by itself.
    package static let written = 2...3
    /// The most changes of a commit: whoever looks for a change in the middle of one looks so many sequences back.
    ///
    /// Journals are kept, so this may be raised but never lowered: commits as long as it ever allowed would not be found any more.
    package static let changeLimit = 128

    package var id: String
    /// The sequence of the first change.
    package var sequence: Int
    package var time: Timestamp
    /// The time by which ages are told; nil when it is not known.
    package var clock: Timestamp?
    package var published: Int
    /// The identifier of the commit before; nil when it is not known, or this is the first.
    package var after: String?
    /// The server that wrote it; nil when it is not known.
    package var by: String?
    /// The hash of the chain at this commit; nil when it is not in one.
    package var hash: String?
    /// What servers to come note beside; an object.
    var more: JSONValue?
    /// One or more changes, all of this time, with sequences that follow one another.
    package var entries: [JournalEntry]

    /// The sequence of the last change.
    package var last: Int { sequence + entries.count - 1 }

    /// Whether the journal may go on with it.
    /// - Parameter previous: the identifier of the commit that it would follow; nil when that is not known.
    /// - Returns: false when it was made after another.
    package func mayFollow(_ previous: String?) -> Bool { after == nil || previous == nil || after == previous }

    package init(
        id: String,
        sequence: Int,
        time: Timestamp,
        clock: Timestamp? = nil,
        published: Int,
        after: String? = nil,
        by: String? = nil,
        entries: [JournalEntry]
    ) {
        self.id = id
        self.sequence = sequence
        self.time = time
        self.clock = clock
        self.published = published
        self.after = after
        self.by = by
        self.entries = entries
    }

    /// What in it no format before the newest can hold, for people; nil when there is nothing.
    var needOfNewest: String? {
        for entry in entries {
            let change = entry.change
            if change.part.count > 1 { return "a command of several changes" }
            if change.kind == .created, change.endedVersion > 0 || change.createdAt.map({ $0 != time }) ?? false {
                return "a deleted task that came back"
            }
            let isDay = entry.task?.content.dueDate?.isDay ?? false
            let wasDay = change.before.content.dueDate?.isDay ?? false
            if isDay || wasDay { return "a due date that is a day" }
        }
        return nil
    }

    /// The oldest format that a server writes and that holds it.
    package var oldestFormat: Int { needOfNewest == nil ? 2 : 3 }

    /// The record's JSON, written as Dapr would write it again: keys sorted, `<>&` escaped.
    ///
    /// From format 2 on each entry must have its task; what has none is left out, and the record is not readable.
    ///
    /// - Parameters:
    ///   - format: one that holds it; nil is the oldest that does and that servers write.
    ///   - documents: the JSON of the entries' tasks, in their order, when it is at hand.
    /// - Returns: the bytes to store.
    package func encoded(format: Int? = nil, documents: [[UInt8]] = []) -> [UInt8] {
        let format = format ?? oldestFormat
        var json = JSONWriter(escapingHTML: true, capacity: documents.reduce(256) { $0 + $1.count + 256 })
        json.beginObject()
        if let after {
            json.key("after")
            json.string(after)
        }
        if let by {
            json.key("by")
            json.string(by)
        }
        json.key("changes")
        json.beginArray()
        for (place, entry) in entries.enumerated() {
            json.write(entry, format: format, document: place < documents.count ? documents[place] : nil)
        }
        json.endArray()
        if let clock {
            json.key("clock")
            json.integer(Int(clock.milliseconds))
        }
        if let hash {
            json.key("hash")
            json.string(hash)
        }
        json.key("id")
        json.string(id)
        if let more {
            json.key("more")
            json.value(more)
        }
        json.key("published")
        json.integer(published)
        json.key("sequence")
        json.integer(sequence)
        json.key("time")
        json.plain(time.utf8.span)
        json.key("v")
        json.integer(format)
        json.endObject()
        return json.bytes
    }

    /// Reads the record that was found under a key.
    /// - Throws: ``TaskError/newerFormat(key:found:supported:)``, or ``TaskError/unreadable(key:reason:)``.
    package init(decoding bytes: [UInt8], sequence: Int, key: String) throws(TaskError) {
        let value = try JSONValue(stored: bytes, upTo: CommitRecord.formats.upperBound, key: key, kind: "commit record")
        guard let format = value["v"]?.intValue, format >= 1, let id = value["id"]?.stringValue,
            value["sequence"]?.intValue == sequence,
            let time = value["time"]?.stringValue.flatMap(Timestamp.init(parsing:)),
            let clock = value.optional("clock", Timestamp.init(stored:)),
            let published = value["published"]?.intValue, let after = value.optional("after", \.stringValue),
            let by = value.optional("by", \.stringValue), let hash = value.optional("hash", \.stringValue),
            let more = value.optional("more", \.asObject),
            let list = value["changes"]?.arrayValue, !list.isEmpty
        else { throw .unreadable(key: key, reason: "a field of the commit is missing or of another kind") }
        self.init(
            id: id,
            sequence: sequence,
            time: time,
            clock: clock,
            published: published,
            after: after,
            by: by,
            entries: []
        )
        self.hash = hash
        self.more = more
        for (index, element) in list.enumerated() {
            guard let entry = JournalEntry(element, format, of: self, isLast: index == list.count - 1) else {
                throw .unreadable(key: key, reason: "change \(index) is not readable")
            }
            entries.append(entry)
        }
    }
}

extension Timestamp {
    /// A stored number of milliseconds.
    init?(stored value: JSONValue) {
        guard let milliseconds = value.intValue else { return nil }
        self.init(milliseconds: Int64(milliseconds))
    }
}
