/// How much JSON a parser accepts before it refuses.
public struct JSONLimits: Sendable, Equatable {
    /// The highest number of arrays and objects inside one another; what is set above ``maximumDepth`` counts as that.
    public var depth = 128
    /// The highest number of bytes of the whole text.
    public var bytes = 8 << 20

    /// Whether an object in which a name stands twice is refused; otherwise the last of its members counts.
    ///
    /// [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259#section-4) leaves that open, so that two readers of such a text
    /// may see different values.
    public var refusesRepeatedNames = false

    /// The depth that no setting exceeds, since each level takes a part of the thread's stack.
    public static let maximumDepth = 512

    /// 128 levels and 8 MiB.
    public static let standard = Self()

    /// Creates limits of a depth in levels and a size in bytes.
    public init(depth: Int = 128, bytes: Int = 8 << 20) {
        self.depth = depth
        self.bytes = bytes
    }

    var effectiveDepth: Int { max(0, min(depth, Self.maximumDepth)) }
}
