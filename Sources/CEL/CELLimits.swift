/// How large an expression may be and how long it may run, so that no input can hang the caller or exhaust its stack.
package struct CELLimits: Sendable, Hashable {
    /// The most Unicode scalars in an expression.
    package var length: Int
    /// The deepest nesting of an expression; a chain of `+` counts one level a term, one of `&&` or `||` does not.
    package var depth: Int
    /// The most steps of one evaluation: about one an operation or element visited, and one every 64 bytes of text searched.
    package var steps: Int

    /// The limits in use when none are given.
    package static let standard = Self()

    package init(length: Int = 16_384, depth: Int = 96, steps: Int = 1_000_000) {
        self.length = length
        self.depth = depth
        self.steps = steps
    }
}
