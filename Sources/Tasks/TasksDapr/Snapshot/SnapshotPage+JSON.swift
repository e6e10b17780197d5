internal import DaprJSON
internal import TaskJSON
package import Tasks

/// A page of a stored snapshot.
///
///     {"numbering":0,"places":70,"sequence":128,"tasks":[{"commit":7,"place":3,"task":{… as `GET` answers it …}}],"v":1}
///
/// A page with a due date that is a day is in format 2.
extension SnapshotPage {
    /// The newest format that this program reads.
    package static let format = 2

    /// The approximate bytes of a part; a sidecar takes 4 MiB.
    private static let bytesPerPart = 1 << 20

    /// Whether a due date on the page is a day, which the first format cannot hold.
    var holdsDays: Bool { lines.contains { $0.task.content.dueDate?.isDay ?? false } }

    /// The documents, keys sorted; several when the tasks are too long for one.
    package var encoded: [[UInt8]] {
        var parts: [[UInt8]] = []
        let format = holdsDays ? 2 : 1
        var rest = lines[...]
        repeat {
            var json = JSONWriter(escapingHTML: true, capacity: 128 + 512 * rest.count)
            json.beginObject()
            json.key("numbering")
            json.integer(numbering)
            json.key("places")
            json.integer(places)
            json.key("sequence")
            json.integer(sequence)
            json.key("tasks")
            json.beginArray()
            while let line = rest.first, json.bytes.count < SnapshotPage.bytesPerPart {
                rest.removeFirst()
                json.write(line)
            }
            json.endArray()
            json.key("v")
            json.integer(format)
            json.endObject()
            parts.append(json.bytes)
        } while !rest.isEmpty
        return parts
    }

    /// Reads one part of page `number`.
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

extension JSONWriter {
    fileprivate mutating func write(_ line: SnapshotPage.Line) {
        beginObject()
        key("commit")
        integer(line.commit)
        key("place")
        integer(line.place)
        key("task")
        write(line.task)
        endObject()
    }
}
