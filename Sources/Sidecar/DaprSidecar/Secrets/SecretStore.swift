package import DaprText

/// One backend of the secrets building block.
package protocol SecretStore: Sendable {
    /// The store's abilities in the metadata document, such as `MULTIPLE_KEY_VALUES_PER_SECRET`.
    var capabilities: [String] { get }

    /// The keys and values of a secret; `nil` when it does not exist.
    func secret(_ name: String) async throws(SecretStoreError) -> [ExactText: String]?

    /// All secrets by name.
    func all() async throws(SecretStoreError) -> [ExactText: [ExactText: String]]

    /// Closes files and connections.
    func close() async
}

extension SecretStore {
    package func close() async {}
}

/// Why a secret store gave no answer.
package enum SecretStoreError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The store refused or is unreachable; the detail never contains the value of a secret.
    case unavailable(String)

    package var description: String {
        switch self {
        case .unavailable(let detail): detail
        }
    }
}
