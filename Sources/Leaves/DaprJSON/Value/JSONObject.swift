/// The members of a JSON object, each name once, in the order of the names' UTF-8 bytes.
///
/// Of members with the same name the last one counts. Names that differ in bytes are different, even when Swift's strings call them equal.
public struct JSONObject: Sendable, Hashable {
    struct Member: Sendable, Hashable {
        let key: JSONKey
        var value: JSONValue
    }

    /// In order of their keys, each key once.
    private(set) var members: [Member]

    /// Creates an object without members.
    public init() { members = [] }

    /// Creates an object of these members, of which the last counts where names repeat.
    public init(_ members: some Sequence<(key: String, value: JSONValue)>) {
        var builder = Builder()
        for (key, value) in members { builder.append(JSONKey(key), value) }
        self = builder.object()
    }

    /// Takes members that are in strictly ascending order of their keys.
    init(ordered: consuming [Member]) { members = ordered }

    /// How many members there are.
    public var count: Int { members.count }

    /// Whether there is no member.
    public var isEmpty: Bool { members.isEmpty }

    /// The names in the order of their UTF-8 bytes.
    public var keys: [String] { members.map(\.key.text) }

    /// The value under a name; setting `nil` removes the member.
    public subscript(_ key: String) -> JSONValue? {
        get {
            guard let index = index(of: JSONKey(key)) else { return nil }
            return members[index].value
        }
        set {
            let key = JSONKey(key)
            switch (Self.position(of: key, in: members), newValue) {
            case (.found(let index), .some(let value)): members[index].value = value
            case (.found(let index), .none): members.remove(at: index)
            case (.missing(let index), .some(let value)): members.insert(Member(key: key, value: value), at: index)
            case (.missing, .none): break
            }
        }
    }

    @inline(__always)
    private func index(of key: JSONKey) -> Int? {
        guard members.count <= 8 else {
            guard case .found(let index) = Self.position(of: key, in: members) else { return nil }
            return index
        }
        var index = 0
        while index < members.count {
            if members[index].key.prefix == key.prefix, members[index].key == key { return index }
            index &+= 1
        }
        return nil
    }

    enum Position {
        case found(Int)
        case missing(insertAt: Int)
    }

    /// Where a key is, or belongs, among members that are in order.
    @inline(__always)
    static func position(of key: JSONKey, in members: borrowing [Member]) -> Position {
        var low = 0
        var high = members.count
        while low < high {
            let middle = (low &+ high) / 2
            let prefix = members[middle].key.prefix
            if prefix == key.prefix ? members[middle].key == key : false { return .found(middle) }
            if isLess(members, middle, key) { low = middle &+ 1 } else { high = middle }
        }
        return .missing(insertAt: low)
    }

    /// Whether a member's key comes before another; mostly the prefixes decide, without touching the strings.
    @inline(__always)
    static func isLess(_ members: borrowing [Member], _ index: Int, _ key: borrowing JSONKey) -> Bool {
        let prefix = members[index].key.prefix
        return prefix == key.prefix ? members[index].key < copy key : prefix < key.prefix
    }
}

extension JSONObject: Sequence {
    /// Goes through the members in the order of their names' UTF-8 bytes.
    public struct Iterator: IteratorProtocol {
        fileprivate var members: IndexingIterator<[Member]>

        /// The next member, or `nil` after the last.
        public mutating func next() -> (key: String, value: JSONValue)? {
            members.next().map { ($0.key.text, $0.value) }
        }
    }

    /// Makes an iterator over the members.
    public func makeIterator() -> Iterator { Iterator(members: members.makeIterator()) }

    /// How many members there are, exactly.
    public var underestimatedCount: Int { members.count }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// Creates an object from a literal, in which the last of equal names counts.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements.lazy.map { (key: $0.0, value: $0.1) })
    }
}
