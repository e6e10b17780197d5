/// A type of state store.
package typealias StateStoreType = ComponentType<any StateStore>
