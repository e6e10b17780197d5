import Dapr
import DaprJSON
import Foundation
import Synchronization
import Tasks

@testable import Tasks
@testable import TasksDapr

extension ModelLedger.Account {
    /// Replays the journal up to a change.
    mutating func advance(to sequence: Int) {
        if checked.head > sequence { checked = origin }
        for record in commits where record.sequence > checked.head && record.last <= sequence {
            for entry in record.entries { apply(entry.change, to: &checked) }
        }
    }

    /// The whole book.
    var book: Book {
        var copy = self
        copy.advance(to: last)
        return copy.checked
    }

    /// Takes in what was stranded, where the very commit that it follows came to be again.
    mutating func readOn() {
        while let record = stranded[last + 1], record.mayFollow(commits.last?.id) {
            stranded[last + 1] = nil
            commits.append(record)
            last = record.last
        }
    }

    /// Goes back to what a store has under some sequences that went back itself.
    mutating func rewind(_ records: [Int: CommitRecord?]) {
        for sequence in records.keys { stranded[sequence] = nil }
        let first = commits.firstIndex { record in
            records[record.sequence].map { $0?.id != record.id } ?? false
        }
        if let first {
            for record in commits[first...] {
                for entry in record.entries {
                    if let title = entry.task?.content.title { lost.insert(title) }
                    versions.remove("\(entry.change.taskID)@\(entry.change.version)")
                }
                // Those that are still there follow what is not any more.
                if records[record.sequence] == nil { stranded[record.sequence] = record }
            }
            last = commits[first].sequence - 1
            commits.removeSubrange(first...)
        }
        for case (let sequence, let record?) in records where !commits.contains(where: { $0.id == record.id }) {
            stranded[sequence] = record
        }
        readOn()
        heard = min(heard, last)
        if checked.head > last { checked = origin }
        hasLostGround = true
    }
}

extension [ModelSidecar.Change] {
    /// What became of each key on the whole, by the first and the last change of it.
    var onTheWhole: [ModelSidecar.Change] {
        var places: [String: Int] = [:]
        var result: [ModelSidecar.Change] = []
        for change in self {
            if let place = places[change.key] {
                result[place] = ModelSidecar.Change(key: change.key, old: result[place].old, new: change.new)
            } else {
                places[change.key] = result.count
                result.append(change)
            }
        }
        return result
    }
}
