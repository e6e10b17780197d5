/// Limits on the size and run time of an expression, so that no input can hang the caller or exhaust its stack.
package struct CELLimits: Sendable, Hashable {
    /// The most Unicode scalars in an expression.
    package var length: Int
    /// The deepest nesting of an expression; a chain of `+` counts one level for each term, one of `&&` or `||` does
    /// not.
    package var depth: Int
    /// The most steps of one evaluation: about one for each operation or element visited, and one for every 64 bytes of
    /// text searched.
    package var steps: Int

    /// The default limits.
    package static let standard = Self()

    package init(length: Int = 16_384, depth: Int = 96, steps: Int = 1_000_000) {
        self.length = length
        self.depth = depth
        self.steps = steps
    }
}
