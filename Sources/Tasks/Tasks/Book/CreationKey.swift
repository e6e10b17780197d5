/// A task's position in creation order.
struct CreationKey: Comparable, Sendable {
    let time: Timestamp
    let id: TaskID

    init(_ task: TaskItem) {
        time = task.createdAt
        id = task.id
    }

    init(time: Timestamp, id: TaskID) {
        self.time = time
        self.id = id
    }

    static func < (left: CreationKey, right: CreationKey) -> Bool {
        left.time == right.time ? left.id < right.id : left.time < right.time
    }
}

extension Array where Element: Comparable {
    /// The index of the first element that is not less than `element`, in a sorted array.
    func firstIndex(notBefore element: Element) -> Int {
        var low = 0
        var high = count
        // A new element is nearly always the greatest.
        if let last, last < element { return count }
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low
    }
    /// Removes elements from a sorted array and inserts others; both are sorted.
    ///
    /// Only what lies behind the first of them is looked at.
    mutating func replace(_ gone: [Element], by come: [Element]) {
        guard let first = [gone.first, come.first].compactMap(\.self).min() else { return }
        let begin = firstIndex(notBefore: first)
        let rest = Array(self[begin...])
        removeSubrange(begin...)
        reserveCapacity(begin + rest.count + come.count)
        var (gone, come) = (gone[...], come[...])
        for element in rest {
            while let next = come.first, next < element {
                append(next)
                come.removeFirst()
            }
            if element == gone.first { gone.removeFirst() } else { append(element) }
        }
        append(contentsOf: come)
    }
}
