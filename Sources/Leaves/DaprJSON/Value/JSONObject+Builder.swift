extension JSONObject {
    /// Collects members in any order and makes an object of them, in which the last of equal keys counts.
    struct Builder {
        /// In order as long as `isOrdered`; otherwise as they came.
        private var members: [Member] = []
        private var isOrdered = true

        /// Beyond this many members those that come out of order are sorted at the end instead of being put in their place.
        private static let insertionLimit = 32

        mutating func reserveCapacity(_ capacity: Int) { members.reserveCapacity(capacity) }

        @inline(__always)
        mutating func append(_ key: consuming JSONKey, _ value: consuming JSONValue) {
            if members.isEmpty || JSONObject.isLess(members, members.count &- 1, key) {
                members.append(Member(key: key, value: value))
            } else {
                place(Member(key: key, value: value))
            }
        }

        private mutating func place(_ member: consuming Member) {
            guard isOrdered, members.count < Self.insertionLimit else {
                isOrdered = false
                members.append(member)
                return
            }
            switch JSONObject.position(of: member.key, in: members) {
            case .found(let index): members[index] = member
            case .missing(let index): members.insert(member, at: index)
            }
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
