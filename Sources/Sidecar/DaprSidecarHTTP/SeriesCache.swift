import Synchronization

/// Remembers which series what comes in is counted by, so that finding one makes no text and no array.
///
/// Each place holds the last that was found for the keys that share it; a miss asks for the series anew. So its size is bounded, whatever
/// comes in.
final class SeriesCache<Series: Sendable>: Sendable {
    private static var places: Int { 256 }

    private let entries = Mutex([Entry?](repeating: nil, count: places))

    /// A class, because looking at one takes a single reference.
    private final class Entry: Sendable {
        let key: SeriesKey
        let series: Series

        init(_ key: SeriesKey, _ series: Series) {
            self.key = key
            self.series = series
        }
    }

    /// The series of a key.
    ///
    /// - Parameters:
    ///   - key: What comes in.
    ///   - find: Finds the series of a key that is not remembered.
    /// - Returns: The series, as `find` gave it now or before.
    func series(of key: SeriesKey, _ find: (SeriesKey) -> Series) -> Series {
        let place = Int(truncatingIfNeeded: key.hash & UInt64(Self.places - 1))
        if let entry = entries.withLock({ $0[place] }), entry.key.isEqual(to: key) { return entry.series }
        let series = find(key)
        // Texts that are too long to be labels are not worth the memory.
        guard key.length <= BoundedLabel.longest else { return series }
        let entry = Entry(key.cut, series)
        entries.withLock { $0[place] = entry }
        return series
    }
}

/// What comes in, as it is: up to three texts, by their bytes, and a number.
struct SeriesKey {
    let number: Int
    let first: String
    let second: String
    /// How many bytes of ``second`` count.
    let length: Int
    let third: String

    /// A key of a text whose first bytes alone count, such as a target without its query.
    init(_ number: Int, _ first: String, _ second: String, length: Int) {
        self.number = number
        self.first = first
        self.second = second
        self.length = length
        third = ""
    }

    /// A key of whole texts.
    init(_ number: Int, _ first: String, _ second: String, _ third: String) {
        self.number = number
        self.first = first
        self.second = second
        length = second.utf8.count
        self.third = third
    }

    /// The bytes of ``second`` that count.
    var secondText: String {
        length == second.utf8.count ? second : String(decoding: second.utf8.prefix(length), as: UTF8.self)
    }

    /// The key without the bytes that do not count.
    var cut: SeriesKey { SeriesKey(number, first, secondText, third) }

    /// A number that differs for most keys, by the ends of the texts; nobody gains by making some meet, as they only share a place.
    var hash: UInt64 {
        var hash = UInt64(truncatingIfNeeded: number) << 32 | UInt64(truncatingIfNeeded: length)
        Self.mix(second, length, into: &hash)
        Self.mix(first, first.utf8.count, into: &hash)
        hash = (hash ^ UInt64(truncatingIfNeeded: third.utf8.count)) &* 0x9E37_79B9_7F4A_7C15
        return hash >> 40
    }

    func isEqual(to other: SeriesKey) -> Bool {
        // The first and the third are methods, the names of components and words of ours, which are ASCII, and mostly one and the same text.
        number == other.number && length == other.length && first == other.first && third == other.third
            && Self.areEqual(second, other.second, length)
    }

    private static func mix(_ text: String, _ length: Int, into hash: inout UInt64) {
        let bytes = text.utf8Span.span
        var word: UInt64 = 0
        for index in max(0, length - 8)..<length { word = word << 8 | UInt64(bytes[index]) }
        hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
        hash ^= hash >> 29
    }

    private static func areEqual(_ one: String, _ other: String, _ length: Int) -> Bool {
        let (left, right) = (one.utf8Span.span.extracting(0..<length), other.utf8Span.span.extracting(0..<length))
        guard left.count == right.count else { return false }
        // Without a way out it becomes a loop of many bytes at a time.
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
