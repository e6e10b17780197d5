/// Comparisons that tell nobody by their time how far two secrets agree.
package enum ConstantTime {
    /// Whether two byte strings are equal; only their lengths can be told from the time it takes.
    // Not inlined, so that no caller's knowledge of one side lets the compiler leave the loop early.
    @inline(never)
    package static func areEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for place in left.indices { difference |= left[place] ^ right[place] }
        return difference == 0
    }

    /// Whether two texts have the same bytes; only their lengths can be told from the time it takes.
    package static func areEqual(_ left: String, _ right: String) -> Bool {
        areEqual(left.utf8Span.span, right.utf8Span.span)
    }
}
