/// A change that does not tell what was before it, so that no book can be taken back over it.
package struct UntoldOrigin: Error, Equatable {
    /// The sequence of the change.
    package let sequence: Int
}

extension Book {
    /// Takes the book back to what it was before its last changes, by their exact inverses.
    ///
    /// The tasks and the head are those of then. The rest does not matter to who looks at tasks and is left out: no
    /// snapshot and no decision can be made of the result.
    ///
    /// - Parameter changes: The last changes of the book, oldest first, without gaps.
    /// - Throws: The last of the changes that does not tell what was before it; the book is then unchanged.
    package mutating func takeBack(_ changes: [TaskChange]) throws(UntoldOrigin) {
        guard let first = changes.first else { return }
        var earlier: [TaskID: Entry?] = [:]
        for change in changes.reversed() {
            let id = change.taskID
            let after = earlier[id].map { $0?.task } ?? task(id)
            // That the change left this task is looked at too: an inverse of anything else would be a task that never was.
            guard change.tellsOrigin, change.kind == .deleted ? after == nil : after?.version == change.version else {
                throw UntoldOrigin(sequence: change.sequence)
            }
            let before = change.origin(of: after, owner: owner).map {
                Entry(task: $0, commit: change.previous, place: 0)
            }
            earlier.updateValue(before, forKey: id)
        }
        replace(earlier)
        head = first.sequence - 1
        keys = RecentKeys()
        layout = SnapshotLayout()
    }
}
