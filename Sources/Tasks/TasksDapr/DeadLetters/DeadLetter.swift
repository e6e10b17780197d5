package import Dapr
package import DaprJSON
package import Tasks

/// An event that nobody could handle, kept until someone looks at it.
package struct DeadLetter: Sendable, Equatable {
    /// The letter's identifier: 32 hexadecimal digits, computed from the topic, source and id of the event.
    package let id: String
    /// The topic that the event was sent to.
    package let topic: TopicName
    /// The event as it was on the dead letter topic; without its data when ``isCut``.
    package var event: CloudEvent
    /// When the event first came.
    package let first: Timestamp
    /// When the event last came.
    package var last: Timestamp
    /// How often the event came.
    package var arrivals: Int
    /// Whether the event was too long to be kept whole; it cannot be sent again from here.
    package var isCut: Bool

    /// The format that this server writes, and the newest that it reads.
    static let format = 1
    /// The most bytes of an event that are kept.
    static let eventLimit = CallBounds.textBytes

    init(_ event: CloudEvent, of topic: TopicName, at time: Timestamp) {
        id = DeadLetter.id(of: event, topic: topic)
        self.topic = topic
        self.event = event
        first = time
        last = time
        arrivals = 1
        isCut = false
        if event.encoded().count > DeadLetter.eventLimit { cut() }
    }

    /// Why the event was refused, as a code; `nil` when the sidecar gave it up after its last retry.
    package var code: String? { event.extensions[DeadLetterAttribute.code.rawValue]?.stringValue }
    /// Why the event was refused, for people.
    package var reason: String? { event.extensions[DeadLetterAttribute.reason.rawValue]?.stringValue }

    /// Notes that the event came again, and keeps its newest form.
    mutating func came(again newer: DeadLetter) {
        event = newer.event
        isCut = newer.isCut
        last = max(last, newer.last)
        arrivals += 1
    }

    private static func id(of event: CloudEvent, topic: TopicName) -> String {
        Fingerprint(key: [topic.rawValue, event.source, event.id].joined(separator: "\u{0}"), channel: .event).text
    }

    /// Reduces a long event to its identifying attributes.
    private mutating func cut() {
        var short = CloudEvent(
            id: DeadLetter.short(event.id),
            source: DeadLetter.short(event.source),
            type: DeadLetter.short(event.type)
        )
        for attribute in DeadLetterAttribute.allCases {
            let value = event.extensions[attribute.rawValue]?.stringValue
            short.extensions[attribute.rawValue] = value.map { .string(DeadLetter.short($0)) }
        }
        event = short
        isCut = true
    }

    private static func short(_ text: String) -> String { String(decoding: text.utf8.prefix(1024), as: UTF8.self) }
}

// {"arrivals":1,"cut":false,"event":"{\"data\":…}","first":"…Z","id":"<32 hex digits>","last":"…Z","topic":"task-commands","v":1}
extension DeadLetter {
    /// The stored document; the event is kept as text, so that the store changes nothing in it.
    func encoded() -> [UInt8] {
        var json = JSONWriter(escapingHTML: true, capacity: 1024)
        json.beginObject()
        json.key("arrivals")
        json.integer(arrivals)
        json.key("cut")
        json.bool(isCut)
        json.key("event")
        json.string(String(decoding: event.encoded(), as: UTF8.self))
        json.key("first")
        json.string(first.text)
        json.key("id")
        json.string(id)
        json.key("last")
        json.string(last.text)
        json.key("topic")
        json.string(topic.rawValue)
        json.key("v")
        json.integer(DeadLetter.format)
        json.endObject()
        return json.bytes
    }

    init(decoding bytes: [UInt8], key: String) throws(DeadLetterError) {
        guard let value = try? JSONValue(parsing: bytes), let format = value["v"]?.intValue else {
            throw .unreadable(key: key)
        }
        guard format <= DeadLetter.format else { throw .newerFormat(key: key, found: format) }
        guard let id = value["id"]?.stringValue, let topic = value["topic"]?.stringValue,
            let text = value["event"]?.stringValue, let event = try? CloudEvent(decoding: Array(text.utf8)),
            let first = value["first"]?.stringValue.flatMap(Timestamp.init(parsing:)),
            let last = value["last"]?.stringValue.flatMap(Timestamp.init(parsing:)),
            let arrivals = value["arrivals"]?.intValue, let isCut = value["cut"]?.boolValue
        else { throw .unreadable(key: key) }
        self.id = id
        self.topic = TopicName(topic)
        self.event = event
        self.first = first
        self.last = last
        self.arrivals = arrivals
        self.isCut = isCut
    }

    /// The dead letter as JSON for people and programs.
    ///
    ///     {"arrivals":1,"code":"TASK_NOT_FOUND","cut":false,"event":{…},"event_id":"…","first":"…Z","id":"…","last":"…Z",
    ///      "reason":"…","source":"/billing","topic":"task-commands","type":"task.complete"}
    ///
    /// - Parameter isWhole: Whether to include the event itself.
    /// - Returns: An object.
    package func json(isWhole: Bool) -> JSONValue {
        var object: JSONObject = [
            "id": .string(id), "topic": .string(topic.rawValue), "event_id": .string(event.id),
            "source": .string(event.source), "type": .string(event.type), "first": .string(first.text),
            "last": .string(last.text), "arrivals": .integer(arrivals), "cut": .bool(isCut),
            "code": code.map { .string($0) } ?? .null, "reason": reason.map { .string($0) } ?? .null,
        ]
        // The event was just encoded here, so it parses.
        if isWhole { object["event"] = (try? JSONValue(parsing: event.encoded())) ?? .null }
        return .object(object)
    }
}

/// Why dead letters could not be kept, read or sent again.
package enum DeadLetterError: Error, Equatable, Sendable {
    /// No dead letter has this identifier.
    case unknown(String)
    /// The event was too long to be kept whole.
    case cut(String)
    /// A stored document is not one that this program writes.
    case unreadable(key: String)
    /// A stored document was written by a newer version of the program.
    case newerFormat(key: String, found: Int)
    /// Others changed the index again and again.
    case contended
    /// The sidecar, the store or the broker failed.
    case sidecar(DaprError)
    /// The store could not read a document.
    case store(JournalFailure)
}

extension DeadLetterError {
    /// Converts the failure of a read or of a change of the index.
    init(_ failure: JournalFailure) {
        self =
            switch failure {
            case .store(let error): error.mustReadAgain ? .contended : .sidecar(error)
            default: .store(failure)
            }
    }
}

extension DeadLetterError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknown(let id): "there is no dead letter \(id); task-server deadletter list shows those there are"
        case .cut(let id): "the event of dead letter \(id) was too long to be kept; ask its sender to send it again"
        case .unreadable(let key): "\(key) is not what this program writes; restore it from a backup or delete it"
        case .newerFormat(let key, let found):
            "\(key) has format \(found) and this program reads up to \(DeadLetter.format); use a newer one"
        case .contended: "others change the dead letters all the time; try again"
        case .sidecar(let error): "\(error)"
        case .store(let failure): "\(failure)"
        }
    }
}
