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
    /// All elements of two sorted arrays, sorted.
    func merged(with others: [Element]) -> [Element] {
        var merged: [Element] = []
        merged.reserveCapacity(count + others.count)
        var next = 0
        for other in others {
            while next < count, self[next] < other {
                merged.append(self[next])
                next += 1
            }
            merged.append(other)
        }
        return merged + self[next...]
    }
}
