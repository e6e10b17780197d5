/// The type of an actor, as the app that hosts it registers it.
public struct ActorType: DaprIdentifier {
    /// The type as the host names it; not empty.
    public let rawValue: String

    /// Makes a type of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The id of an actor among those of its type.
public struct ActorID: DaprIdentifier {
    /// The id as its callers name it; not empty.
    public let rawValue: String

    /// Makes an id of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// One actor: its type and its id.
///
/// See [Actors](https://docs.dapr.io/developing-applications/building-blocks/actors/).
public struct ActorReference: Sendable, Hashable {
    /// The type of the actor.
    public var type: ActorType
    /// The id of the actor among those of its type.
    public var id: ActorID

    /// Names an actor; it need not exist, Dapr activates it at its first call.
    public init(type: ActorType, id: ActorID) {
        self.type = type
        self.id = id
    }
}

/// The name of a reminder or a timer among those of its actor; not empty.
public struct ActorScheduleName: DaprIdentifier {
    /// The name as the app gives it.
    public let rawValue: String

    /// Makes a name of any text.
    public init(rawValue: String) { self.rawValue = rawValue }
}
