/// Finds the name somebody meant.
package enum NearestName {
    private static let longest = 64

    /// The candidate with the least edit distance to a name; `nil` when none is near enough to be meant.
    package static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
        let allowed = max(1, min(name.utf8.count, longest) / 3)
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let distance = distance(name, candidate)
            if distance <= allowed, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// The least number of bytes to put in, take out, replace or swap with their neighbour that turns one name into the other.
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left.utf8.prefix(longest))
        let right = Array(right.utf8.prefix(longest))
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, byte) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var least = min(last[column] + (byte == other ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                    least = min(least, beforeLast[column - 1] + 1)
                }
                current.append(least)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
