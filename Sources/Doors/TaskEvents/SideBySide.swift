/// Works on items in groups: in order within a group, and on several groups at a time.
///
/// - Parameters:
///   - count: The number of items.
///   - limit: The most groups to work on at a time.
///   - group: Returns the group of an item, given by its index.
///   - work: Works on the items of one group; returns a result for each.
/// - Returns: The results, in the order of the items.
func sideBySide<Group: Hashable & Sendable, Value: Sendable>(
    _ count: Int,
    limit: Int = 16,
    group: (Int) -> Group,
    work: @escaping @Sendable (Group, [Int]) async -> [Value]
) async -> [Value?] {
    var places: [Group: Int] = [:]
    var groups: [(name: Group, members: [Int])] = []
    for index in 0..<count {
        let name = group(index)
        if let place = places[name] {
            groups[place].members.append(index)
        } else {
            places[name] = groups.count
            groups.append((name, [index]))
        }
    }
    var results: [Value?] = Array(repeating: nil, count: count)
    func take(_ finished: (members: [Int], values: [Value])) {
        for (index, value) in zip(finished.members, finished.values) { results[index] = value }
    }
    // A single group needs no task of its own.
    if groups.count == 1, let only = groups.first {
        take((only.members, await work(only.name, only.members)))
        return results
    }
    await withTaskGroup(of: (members: [Int], values: [Value]).self) { tasks in
        var waiting = groups[...]
        for _ in 0..<limit {
            guard let next = waiting.popFirst() else { break }
            tasks.addTask { (next.members, await work(next.name, next.members)) }
        }
        while let finished = await tasks.next() {
            take(finished)
            if let next = waiting.popFirst() {
                tasks.addTask { (next.members, await work(next.name, next.members)) }
            }
        }
    }
    return results
}
