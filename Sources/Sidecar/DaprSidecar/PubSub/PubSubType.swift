/// A type of pub/sub component.
///
/// Topic scopes and `consumerID` apply to all of them; `options` names the others.
package typealias PubSubType = ComponentType<any Broker>
