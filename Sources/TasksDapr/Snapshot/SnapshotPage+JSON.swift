internal import JSON
package import Tasks

/// A page of a stored snapshot.
///
///     {"numbering":0,"places":70,"sequence":128,"tasks":[{"commit":7,"place":3,"task":{… as `GET` answers it …}}],"v":1}
extension SnapshotPage {
    /// The format this server writes, and the newest it reads.
    package static let format = 1

    /// The document, keys sorted.
    package var encoded: [UInt8] {
        var json = JSONWriter(escapingHTML: true, capacity: 128 + 512 * lines.count)
        json.beginObject()
        json.key("numbering")
        json.integer(numbering)
        json.key("places")
        json.integer(places)
        json.key("sequence")
        json.integer(sequence)
        json.key("tasks")
        json.beginArray()
        for line in lines {
            json.beginObject()
            json.key("commit")
            json.integer(line.commit)
            json.key("place")
            json.integer(line.place)
            json.key("task")
            json.write(line.task)
            json.endObject()
        }
        json.endArray()
        json.key("v")
        json.integer(SnapshotPage.format)
        json.endObject()
        return json.bytes
    }

    /// Reads the page with a number.
    /// - Throws: ``TaskError/newerFormat(key:found:supported:)``, or ``TaskError/unreadable(key:reason:)``.
    package init(decoding bytes: [UInt8], number: Int, key: String) throws(TaskError) {
        let value = try JSONValue(stored: bytes, upTo: SnapshotPage.format, key: key, kind: "page of a snapshot")
        guard let numbering = value["numbering"]?.intValue, let places = value["places"]?.intValue,
            let sequence = value["sequence"]?.intValue, let list = value["tasks"]?.arrayValue
        else { throw .unreadable(key: key, reason: "a field of the page is missing or of another kind") }
        var lines: [Line] = []
        for element in list {
            guard let commit = element["commit"]?.intValue, let place = element["place"]?.intValue,
                place / SnapshotPage.size == number, let task = element["task"].flatMap(TaskItem.init(stored:))
            else { throw .unreadable(key: key, reason: "a task on the page is not readable") }
            lines.append(Line(task: task, commit: commit, place: place))
        }
        self.init(number: number, numbering: numbering, sequence: sequence, places: places, lines: lines)
    }
}
