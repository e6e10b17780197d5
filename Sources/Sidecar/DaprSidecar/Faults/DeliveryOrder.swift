/// Holds events back so that later ones of their subscription overtake them, as a fault plan says.
struct DeliveryOrder {
    private let faults: FaultInjector
    private let component: String
    private var held: [(message: BrokerMessage, left: Int)] = []

    /// How long a held event waits for others to overtake it.
    static let patience = Duration.milliseconds(100)

    init(_ faults: FaultInjector, component: String) {
        self.faults = faults
        self.component = component
    }

    /// Whether an event is being held.
    var holdsSome: Bool { !held.isEmpty }

    /// Returns the events to deliver now that `message` has arrived.
    ///
    /// These are the message and the held events that it was the last to overtake, or none when the message itself is
    /// held.
    mutating func pass(_ message: BrokerMessage) -> [BrokerMessage] {
        let wait = faults.displacement(message.subject(component: component))
        if wait > 0 {
            held.append((message, wait))
            return []
        }
        for index in held.indices { held[index].left -= 1 }
        defer { held.removeAll { $0.left == 0 } }
        return [message] + held.filter { $0.left == 0 }.map(\.message)
    }

    /// Removes all held events and returns them in the order they arrived, because too few overtook them in time.
    mutating func release() -> [BrokerMessage] {
        defer { held = [] }
        return held.map(\.message)
    }
}

extension BrokerMessage {
    /// The message as the rules of a fault plan see it: its key is the event's id, when it is an event.
    func subject(component: String) -> FaultSubject {
        let id = CanonicalObject(data)?.string("id")
        return FaultSubject(.deliver, component: component, topic: topic, keys: id.map { [$0] } ?? [])
    }
}
