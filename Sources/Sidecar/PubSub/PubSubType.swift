/// A type of pub/sub component.
///
/// The scopes of topics and `consumerID` are for all of them; `options` names the others.
package typealias PubSubType = ComponentType<any Broker>
