/// A type of secret store.
package typealias SecretStoreType = ComponentType<any SecretStore>
