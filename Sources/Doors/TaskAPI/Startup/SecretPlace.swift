package import Dapr

/// Where a secret is.
package struct SecretPlace: Equatable, Sendable {
    package let store: SecretStoreName
    package let name: String
    /// One of its values, by name: stores of Kubernetes have several in a secret.
    package let key: String
    /// What the settings that name it begin with: `jwt-secret` of `--jwt-secret-name`.
    package let setting: String

    package init(_ store: SecretStoreName, name: String, key: String, setting: String) {
        self.store = store
        self.name = name
        self.key = key
        self.setting = setting
    }
}
