internal import DaprJSON
package import Tasks

/// One commit in the journal: changes that were written together, under the sequence of the first.
///
///     {"after":"<uuid>","by":"5bd1…","changes":[…],"clock":1767323045678,"hash":"…","id":"<uuid>","more":{…},"published":6,
///      "sequence":7,"time":"2026-01-02T03:04:05.678Z","v":3}
///
/// ``JournalEntry`` describes the elements of `changes`. `clock` is the time by which ages are measured (``AgeClock``),
/// in milliseconds; records of older servers have none. `id` lets a writer recognise its own record. `after` is the
/// identifier of the previous commit. It is absent where that was unknown, and in records of older servers, which
/// ignore it. `published` is the highest sequence that the writer knew to be published. `by` names the server that
/// wrote the record, as in ``PublishedMark``; from format 3 on.
///
/// `hash` and `more` are reserved for future servers, and this one keeps them wherever it copies a record. `hash` is
/// the chain's hash at this commit, computed from the previous hash and the contents of the commit, whatever its
/// format; a commit without one starts no chain. `more` is an object with any other fields.
///
/// Format 2 is the same without the features that need format 3 (``needOfNewest``). Format 1 had no task documents,
/// `previous` and `request`. It had the new values of the changed fields in `after`, the task's identifier in `task`,
/// and the version. A record that is converted to an older format keeps the fields that servers of that format ignore,
/// so that nothing is lost.
package struct CommitRecord: Equatable, Sendable {
    /// The formats that this program reads, and to which it can convert a journal.
    package static let formats = 1...3
    /// The formats that a server may write on its own.
    package static let written = 2...3
    /// The most changes in a commit; a search for a change inside a commit looks this many sequences back.
    ///
    /// It may be raised but never lowered: journals are kept, and commits above the new limit would not be found.
    package static let changeLimit = 128

    package var id: String
    /// The sequence of the first change.
    package var sequence: Int
    package var time: Timestamp
    /// The time by which ages are measured; `nil` when unknown.
    package var clock: Timestamp?
    package var published: Int
    /// The identifier of the previous commit; `nil` when unknown or when this is the first.
    package var after: String?
    /// The server that wrote the record; `nil` when unknown.
    package var by: String?
    /// The chain's hash at this commit; `nil` when the commit is in no chain.
    package var hash: String?
    /// Fields of future servers; an object.
    var more: JSONValue?
    /// One or more changes with consecutive sequences, all made at `time`.
    package var entries: [JournalEntry]

    /// The sequence of the last change.
    package var last: Int { sequence + entries.count - 1 }

    /// Whether the journal can continue with this commit.
    /// - Parameter previous: The identifier of the commit before it; `nil` when unknown.
    /// - Returns: False when this commit names another predecessor.
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

    /// A feature of the record that only the newest format can hold, in words; `nil` when there is none.
    var needOfNewest: String? {
        for entry in entries {
            let change = entry.change
            if change.part.count > 1 { return "a command of several changes" }
            if change.kind == .created, change.endedVersion > 0 || change.createdAt.map({ $0 != time }) ?? false {
                return "a deleted task that came back"
            }
            if entry.holdsDay { return "a due date that is a day" }
        }
        return nil
    }

    /// The oldest format that servers write and that can hold the record.
    package var oldestFormat: Int { needOfNewest == nil ? 2 : 3 }

    /// The record's JSON as Dapr would write it again: keys sorted, `<>&` escaped.
    ///
    /// From format 2 on each entry must have its task. An entry without one is written without it, and the record is
    /// unreadable.
    ///
    /// - Parameters:
    ///   - format: A format that can hold the record; `nil` for the oldest such format that servers write.
    ///   - documents: The JSON of the entries' tasks, in order, if it is at hand.
    /// - Returns: The bytes to store.
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

    /// Reads the record found under a key.
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
            // Servers that know no newer format cannot read it, and would not know why.
            if format < CommitRecord.formats.upperBound, entry.holdsDay {
                throw .unreadable(
                    key: key,
                    reason: "change \(index) has a due date that is a day, which format \(format) cannot hold"
                )
            }
            entries.append(entry)
        }
    }
}

extension JournalEntry {
    /// Whether a due date before or after the change is a day.
    fileprivate var holdsDay: Bool {
        task?.content.dueDate?.isDay ?? false || change.before.content.dueDate?.isDay ?? false
    }
}

extension Timestamp {
    /// Reads a stored number of milliseconds; `nil` when `value` is no integer.
    init?(stored value: JSONValue) {
        guard let milliseconds = value.intValue else { return nil }
        self.init(milliseconds: Int64(milliseconds))
    }
}
