internal import DaprJSON
import DaprText
package import Tasks

/// The head of a stored snapshot.
///
///     {"checkpoints":[[4101,"0f3a…"]],"clock":1767323045678,"commit":[127,"<uuid>","<hash>"],"ended":[],"first":1,
///      "keys":["<key>:<request>:<sequence>:<commit>:<task>:<version>:<milliseconds>"],"numbering":0,
///      "pages":[[0,64,"5bd1…",1],[1,128,"77c0…",1]],"places":70,"published":128,"retired":[[1,64,"5bd1…",1]],
///      "sequence":128,"time":"2026-01-02T03:04:05.678Z","v":2}
///
/// `pages` lists the pages: the number, the change up to which the page is current, the mark, and the number of parts.
/// `keys` are the idempotency keys of the last day, with `-` for an unknown request. `first` is the start of the
/// journal after old commits were removed; the journal may start later. `clock` is the time by which ages are measured
/// (``AgeClock``). `commit` is the last commit in the snapshot, with its hash when it is in a chain. `retired` lists
/// pages and `ended` lists checkpoints for the next writer to delete; until then, a reader that has just read the
/// previous head finds them.
///
/// In format 3 the key of a command with several changes ends with their number, `:<count>`; `sequence`, `task` and
/// `version` are those of the first change. A head without such a key is written in format 2.
///
/// In format 1 `pages` has only pairs of a page and the sequence to which it is at least current, and `checkpoints`,
/// `commit`, `retired` and `ended` are absent.
package struct SnapshotHead: Equatable, Sendable {
    /// The newest format that this program reads.
    package static let format = 3

    /// The snapshot.
    package var snapshot: BookSnapshot
    /// The highest sequence known to be published.
    package var published: Int
    /// The lowest sequence whose commit may still be stored.
    package var first: Int
    /// The last commit in the snapshot; `nil` when the format does not hold it.
    package var commit: CommitMark?
    /// The checkpoints, oldest first.
    package var checkpoints: [SnapshotCheckpoint] = []
    /// Pages that nothing names any more.
    package var retired: [SnapshotPageName] = []
    /// Checkpoints that have ended.
    package var ended: [SnapshotCheckpoint] = []

    /// Creates a head without checkpoints and retired pages.
    package init(snapshot: BookSnapshot, published: Int, first: Int, commit: CommitMark? = nil) {
        self.snapshot = snapshot
        self.published = published
        self.first = first
        self.commit = commit
    }

    /// The document in the oldest format from 2 on that can hold it, keys sorted.
    package var encoded: [UInt8] { encoded(format: snapshot.keys.contains { $0.use.count > 1 } ? 3 : 2) }

    /// The document in `format`; pages without a mark, as in format 1, are listed as pairs.
    func encoded(format: Int) -> [UInt8] {
        var json = JSONWriter(escapingHTML: true, capacity: 256 + 160 * snapshot.keys.count)
        json.beginObject()
        json.key("checkpoints")
        json.write(checkpoints)
        json.key("clock")
        json.integer(Int(snapshot.clock.milliseconds))
        if let commit {
            json.key("commit")
            json.beginArray()
            json.integer(commit.sequence)
            json.string(commit.id)
            if let hash = commit.hash { json.string(hash) }
            json.endArray()
        }
        json.key("ended")
        json.write(ended)
        json.key("first")
        json.integer(first)
        json.key("keys")
        json.beginArray()
        for line in snapshot.keys { json.string(line.text) }
        json.endArray()
        json.key("numbering")
        json.integer(snapshot.numbering)
        json.key("pages")
        json.write(snapshot.pages.values.sorted { $0.number < $1.number })
        json.key("places")
        json.integer(snapshot.places)
        json.key("published")
        json.integer(published)
        json.key("retired")
        json.write(retired)
        json.key("sequence")
        json.integer(snapshot.sequence)
        json.key("time")
        json.plain(snapshot.time.utf8.span)
        json.key("v")
        json.integer(format)
        json.endObject()
        return json.bytes
    }

    /// Reads a head.
    /// - Throws: ``TaskError/newerFormat(key:found:supported:)``, or ``TaskError/unreadable(key:reason:)``.
    package init(decoding bytes: [UInt8], key: String) throws(TaskError) {
        let value = try JSONValue(stored: bytes, upTo: SnapshotHead.format, key: key, kind: "head of a snapshot")
        guard let first = value["first"]?.intValue, first > 0, let published = value["published"]?.intValue,
            let sequence = value["sequence"]?.intValue, sequence > 0,
            let time = value["time"]?.stringValue.flatMap(Timestamp.init(parsing:)),
            let places = value["places"]?.intValue, places >= 0, let numbering = value["numbering"]?.intValue,
            let list = value["pages"]?.arrayValue, let lines = value["keys"]?.arrayValue,
            let clock = value.optional("clock", Timestamp.init(stored:)),
            let commit = value.optional("commit", CommitMark.init(stored:)),
            let checkpoints = value.list("checkpoints", SnapshotCheckpoint.init(stored:)),
            let retired = value.list("retired", SnapshotPageName.init(stored:)),
            let ended = value.list("ended", SnapshotCheckpoint.init(stored:))
        else { throw .unreadable(key: key, reason: "a field of the head is missing or of another kind") }
        var pages: [Int: SnapshotPageName] = [:]
        for element in list {
            guard let page = SnapshotPageName(stored: element), page.number <= places / SnapshotPage.size else {
                throw .unreadable(key: key, reason: "a page in the head is not readable")
            }
            pages[page.number] = page
        }
        let keys = lines.compactMap { $0.stringValue.flatMap { SnapshotKey(text: $0) } }
        guard keys.count == lines.count else {
            throw .unreadable(key: key, reason: "an idempotency key in the head is not readable")
        }
        let snapshot = BookSnapshot(
            sequence: sequence,
            time: time,
            clock: clock,
            places: places,
            numbering: numbering,
            pages: pages,
            keys: keys
        )
        self.init(snapshot: snapshot, published: published, first: first, commit: commit)
        self.checkpoints = checkpoints
        self.retired = retired
        self.ended = ended
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ names: [SnapshotPageName]) {
        beginArray()
        for name in names {
            beginArray()
            integer(name.number)
            integer(name.sequence)
            if let mark = name.mark {
                string(mark)
                integer(name.parts)
            }
            endArray()
        }
        endArray()
    }

    fileprivate mutating func write(_ checkpoints: [SnapshotCheckpoint]) {
        beginArray()
        for checkpoint in checkpoints {
            beginArray()
            integer(checkpoint.sequence)
            string(checkpoint.mark)
            endArray()
        }
        endArray()
    }
}

extension JSONValue {
    /// Reads a list that older formats lack; `nil` when an element cannot be read.
    fileprivate func list<Element>(_ name: String, _ make: (JSONValue) -> Element?) -> [Element]? {
        guard let value = self[name] else { return [] }
        guard let list = value.arrayValue else { return nil }
        let elements = list.compactMap(make)
        return elements.count == list.count ? elements : nil
    }
}

extension SnapshotPageName {
    fileprivate init?(stored value: JSONValue) {
        guard let number = value[0]?.intValue, number >= 0, let sequence = value[1]?.intValue else { return nil }
        guard let mark = value[2] else {
            self.init(number: number, sequence: sequence, mark: nil)
            return
        }
        guard let mark = mark.stringValue, let parts = value[3]?.intValue, (1...64).contains(parts) else { return nil }
        self.init(number: number, sequence: sequence, mark: mark, parts: parts)
    }
}

extension SnapshotCheckpoint {
    fileprivate init?(stored value: JSONValue) {
        guard let sequence = value[0]?.intValue, let mark = value[1]?.stringValue else { return nil }
        self.init(sequence: sequence, mark: mark)
    }
}

extension CommitMark {
    fileprivate init?(stored value: JSONValue) {
        guard let sequence = value[0]?.intValue, let id = value[1]?.stringValue else { return nil }
        self.init(sequence: sequence, id: id, hash: value[2]?.stringValue)
    }
}

extension SnapshotKey {
    fileprivate var text: String {
        let request = use.request?.text ?? "-"
        let count = use.count == 1 ? "" : ":\(use.count)"
        return
            "\(key.text):\(request):\(use.sequence):\(use.commit):\(use.taskID):\(use.version):\(use.time.milliseconds)\(count)"
    }

    fileprivate init?(text: String) {
        let parts = text.splitBytes(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 7 || parts.count == 8, let key = Fingerprint(parts[0]), let sequence = Int(parts[2]),
            let commit = Int(parts[3]),
            let task = TaskID(parts[4]), let version = Int(parts[5]),
            let time = Int64(parts[6]).flatMap({ Timestamp(milliseconds: $0) }),
            let count = parts.count == 8 ? Int(parts[7]) : 1, (1...CommitRecord.changeLimit).contains(count)
        else { return nil }
        let request = Fingerprint(parts[1])
        guard request != nil || parts[1] == "-" else { return nil }
        let use = KeyUse(
            sequence: sequence,
            count: count,
            commit: commit,
            taskID: task,
            version: version,
            time: time,
            request: request
        )
        self.init(key: key, use: use)
    }
}
