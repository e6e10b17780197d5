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
        self.init(unordered: members.map { Member(key: JSONKey($0.key), value: $0.value) })
    }

    /// Sorts members and drops all but the last of those with equal keys.
    init(unordered: [Member]) {
        members = unordered
        let isOrdered = members.indices.dropFirst().allSatisfy { members[$0 - 1].key < members[$0].key }
        if !isOrdered { order() }
    }

    /// Takes members that are in strictly ascending order of their keys.
    init(ordered: [Member]) { members = ordered }

    /// How many members there are.
    public var count: Int { members.count }

    /// Whether there is no member.
    public var isEmpty: Bool { members.isEmpty }

    /// The names in the order of their UTF-8 bytes.
    public var keys: [String] { members.map(\.key.text) }

    /// The value under a name; setting `nil` removes the member.
    public subscript(_ key: String) -> JSONValue? {
        get {
            guard case .found(let index) = position(of: JSONKey(key)) else { return nil }
            return members[index].value
        }
        set {
            let key = JSONKey(key)
            switch (position(of: key), newValue) {
            case (.found(let index), .some(let value)): members[index].value = value
            case (.found(let index), .none): members.remove(at: index)
            case (.missing(let index), .some(let value)): members.insert(Member(key: key, value: value), at: index)
            case (.missing, .none): break
            }
        }
    }

    private enum Position {
        case found(Int)
        case missing(insertAt: Int)
    }

    private func position(of key: JSONKey) -> Position {
        var low = 0
        var high = members.count
        while low < high {
            let middle = low &+ (high &- low) / 2
            if members[middle].key == key { return .found(middle) }
            if members[middle].key < key { low = middle &+ 1 } else { high = middle }
        }
        return .missing(insertAt: low)
    }

    private mutating func order() {
        if members.count <= 16 {
            for index in 1..<members.count {
                var place = index
                while place > 0, members[place].key < members[place &- 1].key {
                    members.swapAt(place, place &- 1)
                    place &-= 1
                }
            }
        } else {
            // The place decides between equal keys, since `sort` does not promise to keep their order.
            members = members.enumerated().sorted { lhs, rhs in
                lhs.element.key == rhs.element.key ? lhs.offset < rhs.offset : lhs.element.key < rhs.element.key
            }.map(\.element)
        }
        var kept = 0
        for index in members.indices {
            if kept > 0, members[kept &- 1].key == members[index].key {
                members[kept &- 1] = members[index]
            } else {
                if kept != index { members[kept] = members[index] }
                kept &+= 1
            }
        }
        members.removeLast(members.count - kept)
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
        self.init(unordered: elements.map { Member(key: JSONKey($0.0), value: $0.1) })
    }
}
