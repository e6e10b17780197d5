/// One backend of the secrets building block, read once when it is opened.
protocol SecretStore: Sendable {
    /// The keys and values of a secret; `nil` when it does not exist.
    func secret(_ name: String) -> [ExactKey: String]?
    /// All secrets by name.
    func all() -> [ExactKey: [ExactKey: String]]
    /// What the metadata document says the store can do.
    var capabilities: [String] { get }
}
