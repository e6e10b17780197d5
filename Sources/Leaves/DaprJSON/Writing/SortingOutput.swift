/// JSON text whose members are written as they come, and put in the order of their keys' bytes when their object ends.
///
/// Members that come in order, as stored documents have them, cost no second pass.
struct SortingOutput {
    /// What has been written.
    var bytes: [UInt8] = []
    /// The members of all objects that are open, inner ones after outer ones.
    private var members: [Member] = []
    /// What keys have beyond their first eight bytes, one after the other.
    private var tails: [UInt8] = []
    private var sorted: [UInt8] = []

    /// A member without references, so that sorting moves plain numbers.
    private struct Member {
        let prefix: UInt64
        let keyLength: Int
        let tailOffset: Int
        let start: Int
        /// Where the comma after it or the end of the object is; known when the object ends.
        var end = 0
    }

    /// A place to which the output can go back, which is also where an object began.
    struct Mark {
        let byteCount: Int
        fileprivate let memberCount: Int
        fileprivate let tailCount: Int
    }

    var mark: Mark { Mark(byteCount: bytes.count, memberCount: members.count, tailCount: tails.count) }

    mutating func reserveCapacity(bytes byteCount: Int, members memberCount: Int) {
        bytes.reserveCapacity(byteCount)
        members.reserveCapacity(memberCount)
    }

    /// Forgets what was written since a mark.
    mutating func rollBack(to mark: Mark) {
        bytes.removeLast(max(0, bytes.count &- mark.byteCount))
        forgetMembers(since: mark)
    }

    private mutating func forgetMembers(since mark: Mark) {
        members.removeLast(max(0, members.count &- mark.memberCount))
        tails.removeLast(max(0, tails.count &- mark.tailCount))
    }

    /// Writes one member: its key, and the value by the closure.
    @inline(__always)
    mutating func member(_ key: String, escapingHTML: Bool, value: (inout [UInt8]) -> Void) {
        beginMember(key, escapingHTML: escapingHTML)
        value(&bytes)
    }

    /// Writes a member's key.
    mutating func beginMember(_ key: String, escapingHTML: Bool) {
        let utf8 = key.utf8Span.span
        let isFirst = bytes.last == Byte.openBrace
        let member = Member(
            prefix: JSONKey.prefix(of: utf8),
            keyLength: utf8.count,
            tailOffset: tails.count,
            start: bytes.count &+ (isFirst ? 0 : 1)
        )
        members.append(member)
        if utf8.count > 8 {
            for index in 8..<utf8.count { tails.append(utf8[index]) }
        }
        bytes.appendJSON(utf8, escapingHTML: escapingHTML, after: isFirst ? nil : Byte.comma, before: Byte.colon)
    }

    /// Writes the comma before an element of an array, unless it is the first.
    @inline(__always)
    mutating func beginElement() {
        if bytes.last != Byte.openBracket { bytes.append(Byte.comma) }
    }

    /// Ends the object that began at a mark with its `{`: the members in order, the last of equal keys only.
    mutating func endObject(_ mark: Mark) {
        var index = mark.memberCount &+ 1
        while index < members.count {
            guard Self.isLess(members[index &- 1], members[index], tails) else {
                setEnds(from: mark.memberCount)
                sort(from: mark.memberCount)
                write(from: mark)
                break
            }
            index &+= 1
        }
        forgetMembers(since: mark)
        bytes.append(Byte.closeBrace)
    }

    /// Notes where the members from an index on end, each before the comma of the next.
    private mutating func setEnds(from first: Int) {
        var end = bytes.count
        for index in members.indices[first...].reversed() {
            members[index].end = end
            end = members[index].start &- 1
        }
    }

    @inline(__always)
    private static func isLess(_ lhs: Member, _ rhs: Member, _ tails: borrowing [UInt8]) -> Bool {
        lhs.prefix == rhs.prefix ? isLessBehindPrefix(lhs, rhs, tails) == true : lhs.prefix < rhs.prefix
    }

    /// The order of keys that begin alike; `nil` when they are equal.
    private static func isLessBehindPrefix(_ lhs: Member, _ rhs: Member, _ tails: borrowing [UInt8]) -> Bool? {
        var index = 8
        let length = min(lhs.keyLength, rhs.keyLength)
        guard length <= 8 || max(lhs.tailOffset, rhs.tailOffset) &+ length &- 8 <= tails.count else { return nil }
        while index < length {
            let left = tails[lhs.tailOffset &+ index &- 8]
            let right = tails[rhs.tailOffset &+ index &- 8]
            if left != right { return left < right }
            index &+= 1
        }
        return lhs.keyLength == rhs.keyLength ? nil : lhs.keyLength < rhs.keyLength
    }

    private func isEqual(_ lhs: Member, _ rhs: Member) -> Bool {
        lhs.prefix == rhs.prefix && Self.isLessBehindPrefix(lhs, rhs, tails) == nil
    }

    /// Sorts the members from an index on; equal keys keep their order.
    private mutating func sort(from first: Int) {
        guard members.count &- first > 32 else { return Self.insertionSort(&members, from: first, tails) }
        let sorted = members[first...].sorted { isEqual($0, $1) ? $0.start < $1.start : Self.isLess($0, $1, tails) }
        members.replaceSubrange(first..., with: sorted)
    }

    private static func insertionSort(_ members: inout [Member], from first: Int, _ tails: borrowing [UInt8]) {
        var members = members.mutableSpan
        var index = first &+ 1
        while index < members.count {
            let member = members[index]
            var place = index
            while place > first, isLess(member, members[place &- 1], tails) {
                members[place] = members[place &- 1]
                place &-= 1
            }
            members[place] = member
            index &+= 1
        }
    }

    /// Writes the members since a mark again, in their order now.
    private mutating func write(from mark: Mark) {
        sorted.removeAll(keepingCapacity: true)
        sorted.reserveCapacity(bytes.capacity)
        var index = mark.memberCount
        while index < members.count {
            let member = members[index]
            index &+= 1
            if index < members.count, isEqual(member, members[index]) { continue }
            // Only a container that was kept after its value had ended could have cut this off.
            guard member.start <= member.end, member.end <= bytes.count else { continue }
            if !sorted.isEmpty { sorted.append(Byte.comma) }
            sorted.append(contentsOf: bytes[member.start..<member.end])
        }
        bytes.removeLast(max(0, bytes.count &- mark.byteCount &- 1))
        bytes.append(contentsOf: sorted)
    }
}
