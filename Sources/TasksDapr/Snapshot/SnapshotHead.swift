internal import JSON
package import Tasks

/// The head of a stored snapshot.
///
///     {"first":1,"keys":["<key>:<request>:<sequence>:<commit>:<task>:<version>:<milliseconds>"],"numbering":0,"pages":[[0,64],[1,128]],
///      "places":70,"published":128,"sequence":128,"time":"2026-01-02T03:04:05.678Z","v":1}
///
/// `pages` are pairs of a page and the sequence that it is current to; `keys` the idempotency keys of the last day (`-` for a request
/// that is not known). `first` is where the journal begins when old commits were removed; it may begin later.
package struct SnapshotHead: Equatable, Sendable {
    /// The format this server writes, and the newest it reads.
    package static let format = 1

    /// The snapshot.
    package var snapshot: BookSnapshot
    /// The highest sequence known to be published.
    package var published: Int
    /// The first sequence whose commit may still be there.
    package var first: Int

    /// Makes a head of its parts.
    package init(snapshot: BookSnapshot, published: Int, first: Int) {
        self.snapshot = snapshot
        self.published = published
        self.first = first
    }

    /// The document, keys sorted.
    package var encoded: [UInt8] {
        var json = JSONWriter(escapingHTML: true, capacity: 256 + 160 * snapshot.keys.count)
        json.beginObject()
        json.key("first")
        json.integer(first)
        json.key("keys")
        json.beginArray()
        for line in snapshot.keys { json.string(line.text) }
        json.endArray()
        json.key("numbering")
        json.integer(snapshot.numbering)
        json.key("pages")
        json.beginArray()
        for (page, sequence) in snapshot.pages.sorted(by: { $0.key < $1.key }) {
            json.beginArray()
            json.integer(page)
            json.integer(sequence)
            json.endArray()
        }
        json.endArray()
        json.key("places")
        json.integer(snapshot.places)
        json.key("published")
        json.integer(published)
        json.key("sequence")
        json.integer(snapshot.sequence)
        json.key("time")
        json.plain(snapshot.time.utf8.span)
        json.key("v")
        json.integer(SnapshotHead.format)
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
            let pairs = value["pages"]?.arrayValue, let lines = value["keys"]?.arrayValue
        else { throw .unreadable(key: key, reason: "a field of the head is missing or of another kind") }
        var pages: [Int: Int] = [:]
        for pair in pairs {
            guard let page = pair[0]?.intValue, let current = pair[1]?.intValue, page >= 0,
                page <= places / SnapshotPage.size
            else { throw .unreadable(key: key, reason: "a page in the head is not readable") }
            pages[page] = current
        }
        let keys = lines.compactMap { $0.stringValue.flatMap { SnapshotKey(text: $0) } }
        guard keys.count == lines.count else {
            throw .unreadable(key: key, reason: "an idempotency key in the head is not readable")
        }
        let snapshot = BookSnapshot(
            sequence: sequence,
            time: time,
            places: places,
            numbering: numbering,
            pages: pages,
            keys: keys
        )
        self.init(snapshot: snapshot, published: published, first: first)
    }
}

extension SnapshotKey {
    fileprivate var text: String {
        let request = use.request?.text ?? "-"
        return
            "\(key.text):\(request):\(use.sequence):\(use.commit):\(use.taskID):\(use.version):\(use.time.milliseconds)"
    }

    fileprivate init?(text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 7, let key = Fingerprint(parts[0]), let sequence = Int(parts[2]),
            let commit = Int(parts[3]),
            let task = TaskID(parts[4]), let version = Int(parts[5]),
            let time = Int64(parts[6]).flatMap({ Timestamp(milliseconds: $0) })
        else { return nil }
        let request = Fingerprint(parts[1])
        guard request != nil || parts[1] == "-" else { return nil }
        let use = KeyUse(
            sequence: sequence,
            commit: commit,
            taskID: task,
            version: version,
            time: time,
            request: request
        )
        self.init(key: key, use: use)
    }
}
