/// Holds events back so that later ones of their subscription overtake them, as a plan says.
struct DeliveryOrder {
    private let faults: FaultInjector
    private let component: String
    private var held: [(message: BrokerMessage, left: Int)] = []

    /// How long an event waits for others to overtake it.
    static let patience = Duration.milliseconds(100)

    init(_ faults: FaultInjector, component: String) {
        self.faults = faults
        self.component = component
    }

    /// Whether an event waits for later ones.
    var holdsSome: Bool { !held.isEmpty }

    /// The events to deliver now that one has come: it and those that it was the last to overtake, or none when it waits itself.
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

    /// Everything that waits, in the order it came: nothing has overtaken it in time.
    mutating func release() -> [BrokerMessage] {
        defer { held = [] }
        return held.map(\.message)
    }
}

extension BrokerMessage {
    /// The message as the rules of a fault plan see it: its key is the event's id, if it is an event.
    func subject(component: String) -> FaultSubject {
        let id = CanonicalObject(data)?.string("id")
        return FaultSubject(.deliver, component: component, topic: topic, keys: id.map { [$0] } ?? [])
    }
}
