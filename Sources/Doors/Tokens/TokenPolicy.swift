/// What a token must be to be taken.
package struct TokenPolicy: Sendable {
    /// The one key of each algorithm; a token of any other algorithm is refused.
    let keys: [TokenAlgorithm: TokenKey]
    /// Who must have issued it; `nil` when anybody with the key may.
    let issuer: String?
    /// Who it must be meant for; `nil` when that does not matter.
    let audience: String?
    /// How far clocks may differ, in seconds.
    let skewSeconds: Int

    /// The most bytes a token may have.
    package static let maximumTokenBytes = 8192

    /// The most bytes of UTF-8 a subject may have.
    package static let maximumSubjectBytes = 255

    /// Makes a policy; two keys of the same algorithm are a mistake of the program.
    package init(keys: [TokenKey], issuer: String? = nil, audience: String? = nil, skew: Duration = .seconds(60)) {
        precondition(Set(keys.map(\.algorithm)).count == keys.count, "A policy has one key for each algorithm.")
        self.keys = Dictionary(keys.map { ($0.algorithm, $0) }) { first, _ in first }
        self.issuer = issuer
        self.audience = audience
        skewSeconds = Int(clamping: max(0, skew.components.seconds))
    }
}
