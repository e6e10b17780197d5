/// Scalars that are looked for in a stream of others, in time that grows with the stream alone (Knuth, Morris and Pratt).
struct Needle: Hashable, Sendable {
    let scalars: [UInt32]
    /// For each beginning, by its last place, how long the longest shorter beginning is that it ends with.
    private let fallback: [Int]

    /// Creates one of at least one scalar.
    init(_ scalars: [UInt32]) {
        self.scalars = scalars
        var fallback = [0]
        for scalar in scalars.dropFirst() {
            var length = fallback[fallback.count - 1]
            while length > 0, scalars[length] != scalar { length = fallback[length - 1] }
            fallback.append(scalars[length] == scalar ? length + 1 : 0)
        }
        self.fallback = fallback
    }

    /// Creates one of a text's folded scalars; `nil` when none is left.
    init?(folding text: String) {
        var scalars: [UInt32] = []
        _ = TextFold.forEach(in: text) { scalar in
            scalars.append(scalar)
            return true
        }
        guard !scalars.isEmpty else { return nil }
        self.init(scalars)
    }

    /// How many of the scalars the stream ends with after one more.
    ///
    /// - Parameters:
    ///   - length: How many it ended with before; all of them when the needle was just found.
    ///   - scalar: What comes next.
    /// - Returns: How many it ends with then.
    @inline(__always)
    func length(after length: Int, then scalar: UInt32) -> Int {
        var length = length == scalars.count ? fallback[length - 1] : length
        while scalars[length] != scalar {
            if length == 0 { return 0 }
            length = fallback[length - 1]
        }
        return length + 1
    }

    /// Whether it stands anywhere in a text, folded.
    func isFound(in text: String) -> Bool {
        var length = 0
        return !TextFold.forEach(in: text) { scalar in
            length = self.length(after: length, then: scalar)
            return length < scalars.count
        }
    }
}
