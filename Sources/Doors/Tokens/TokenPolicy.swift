/// The conditions that a token must meet.
package struct TokenPolicy: Sendable {
    /// The key for each algorithm; a token with any other algorithm is refused.
    let keys: [TokenAlgorithm: TokenKey]
    /// The required issuer; `nil` to allow any issuer with the key.
    let issuer: String?
    /// The required audience; `nil` to allow any.
    let audience: String?
    /// The tolerated difference between clocks, in seconds.
    let skewSeconds: Int

    /// The most bytes in a token.
    package static let maximumTokenBytes = 8192

    /// The most bytes of UTF-8 in a subject.
    package static let maximumSubjectBytes = 255

    /// Creates a policy; two keys for the same algorithm are a programming error and end the process.
    package init(keys: [TokenKey], issuer: String? = nil, audience: String? = nil, skew: Duration = .seconds(60)) {
        precondition(Set(keys.map(\.algorithm)).count == keys.count, "A policy has one key for each algorithm.")
        self.keys = Dictionary(keys.map { ($0.algorithm, $0) }) { first, _ in first }
        self.issuer = issuer
        self.audience = audience
        skewSeconds = Int(clamping: max(0, skew.components.seconds))
    }
}
