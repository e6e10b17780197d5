package import DaprText

/// One backend of the secrets building block.
package protocol SecretStore: Sendable {
    /// What the metadata document says the store can do, such as `MULTIPLE_KEY_VALUES_PER_SECRET`.
    var capabilities: [String] { get }

    /// The keys and values of a secret; `nil` when it does not exist.
    func secret(_ name: String) async throws(SecretStoreError) -> [ExactText: String]?

    /// All secrets by name.
    func all() async throws(SecretStoreError) -> [ExactText: [ExactText: String]]

    /// Lets go of files and connections.
    func close() async
}

extension SecretStore {
    package func close() async {}
}

/// Why a secret store did not answer.
package enum SecretStoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The store refused or is gone; the detail never holds a value of a secret.
    case unavailable(String)

    package var description: String {
        switch self {
        case .unavailable(let detail): detail
        }
    }
}
