extension JSONObject {
    /// Collects members in any order and makes an object of them, in which the last of equal keys counts.
    struct Builder {
        /// In order as long as `isOrdered`; otherwise as they came.
        private var members: [Member] = []
        private var isOrdered = true
        /// The names of all members, once they are not in order, if repeats are to be noticed.
        private var names: Set<JSONKey> = []
        private let noticesRepeats: Bool

        /// Beyond this many members those that come out of order are sorted at the end instead of being put in their place.
        private static let insertionLimit = 32

        /// Creates a builder; only one that notices repeats can always say whether a name is new.
        init(noticesRepeats: Bool = false) { self.noticesRepeats = noticesRepeats }

        mutating func reserveCapacity(_ capacity: Int) { members.reserveCapacity(capacity) }

        /// Adds a member; `false` when its name is known to be there already.
        @inline(__always)
        @discardableResult
        mutating func append(_ key: consuming JSONKey, _ value: consuming JSONValue) -> Bool {
            if isOrdered, members.isEmpty || JSONObject.isLess(members, members.count &- 1, key) {
                members.append(Member(key: key, value: value))
                return true
            }
            return place(Member(key: key, value: value))
        }

        private mutating func place(_ member: consuming Member) -> Bool {
            guard isOrdered, members.count < Self.insertionLimit else { return pile(member) }
            switch JSONObject.position(of: member.key, in: members) {
            case .found(let index):
                members[index] = member
                return false
            case .missing(let index):
                members.insert(member, at: index)
                return true
            }
        }

        /// Adds a member to many that are not in order.
        private mutating func pile(_ member: consuming Member) -> Bool {
            if isOrdered, noticesRepeats { names = Set(members.lazy.map(\.key)) }
            isOrdered = false
            let isNew = !noticesRepeats || names.insert(member.key).inserted
            members.append(member)
            return isNew
        }

        consuming func object() -> JSONObject {
            isOrdered ? JSONObject(ordered: members) : JSONObject(ordered: Self.sorted(members))
        }

        /// The members in order, the last one of each key.
        private static func sorted(_ members: [Member]) -> [Member] {
            // The place decides between equal keys, since `sort` does not promise to keep their order.
            let ordered = members.enumerated().sorted { lhs, rhs in
                lhs.element.key == rhs.element.key ? lhs.offset < rhs.offset : lhs.element.key < rhs.element.key
            }
            var kept: [Member] = []
            kept.reserveCapacity(ordered.count)
            for (_, member) in ordered {
                if kept.last?.key == member.key { kept.removeLast() }
                kept.append(member)
            }
            return kept
        }
    }
}
