import Dapr
import DaprJSON
import DaprText
import Tasks

/// A delivery of our own changes, read only as far as counting needs, because each event carries a whole task.
struct ChangeDelivery: Sendable {
    /// One message of a delivery.
    enum Message: Sendable {
        case change(OwnedChange)
        /// A message that is not one of our changes.
        case other(EventDelivery.Message)

        /// The change, if the message is one.
        var change: OwnedChange? { if case .change(let change) = self { change } else { nil } }

        fileprivate init(_ message: EventDelivery.Message) {
            if case .event(let event) = message, let change = OwnedChange(event) {
                self = .change(change)
            } else {
                self = .other(message)
            }
        }
    }

    private enum Kind {
        case one
        case many(BulkTopicSlices)
        case whole(EventDelivery)
    }

    /// The messages, in the order of the delivery.
    let messages: [Message]
    private let kind: Kind

    /// Reads a delivery; `nil` when a bulk delivery is expected and `body` is none.
    init?(_ body: [UInt8], isBulk: Bool) {
        if !isBulk, let change = OwnedChange(text: body) {
            (messages, kind) = ([.change(change)], .one)
            return
        }
        if isBulk, let slices = BulkTopicSlices(body) {
            let changes = slices.entries.compactMap { OwnedChange(text: $0.event) }
            if changes.count == slices.entries.count {
                (messages, kind) = (changes.map(Message.change), .many(slices))
                return
            }
        }
        // Something is not spelled as we spell our changes, so parse the whole delivery.
        guard let whole = EventDelivery(body, isBulk: isBulk) else { return nil }
        (messages, kind) = (whole.messages.map(Message.init), .whole(whole))
    }

    /// The body that answers each message, in order; a message without an answer is delivered again.
    func body(_ answers: [TopicEventAnswer]) -> [UInt8] {
        switch kind {
        case .one: (answers.first ?? .retry).body
        case .many(let slices): slices.answerBody(answers)
        case .whole(let delivery): delivery.body(answers)
        }
    }
}

/// A change and its owner, as an event carries them.
struct OwnedChange: Sendable {
    /// The largest integer that JSON carries exactly.
    private static let lastSequence = 1 << 53

    let owner: OwnerID
    let change: ActivityChange
    /// The `traceparent` of the request that made the change, as the event carries it.
    let traceparent: String?

    /// Reads a change from an event; `nil` when the event is not one of our changes.
    init?(_ event: CloudEvent) {
        self.init(
            type: event.type,
            owner: event.extensions["owner"]?.stringValue,
            sequence: event.extensions["sequence"]?.wholeNumber,
            time: event.time,
            subject: event.subject,
            title: event.data?["title"]?.stringValue,
            traceparent: event.traceparent
        )
    }

    /// Reads a change from the text of an event spelled as we spell ours.
    ///
    /// `nil` for any other text, which may still be one of our changes.
    init?(text: [UInt8]) {
        var (id, source, version, type): (String?, String?, String?, String?)
        var (owner, time, subject, title): (String?, String?, String?, String?)
        var traceparent: String?
        var sequence: Int?
        var slices = JSONSlices(text)
        let isRead = slices.members { slices, name in
            if slices.string(name, is: "id") { return slices.take(&id) }
            if slices.string(name, is: "source") { return slices.take(&source) }
            if slices.string(name, is: "specversion") { return slices.take(&version) }
            if slices.string(name, is: "type") { return slices.take(&type) }
            if slices.string(name, is: "owner") { return slices.take(&owner) }
            if slices.string(name, is: "time") { return slices.take(&time) }
            if slices.string(name, is: "subject") { return slices.take(&subject) }
            if slices.string(name, is: "sequence") {
                guard sequence == nil, let place = slices.value() else { return false }
                sequence = slices.digits(place)
                return sequence != nil
            }
            if slices.string(name, is: "traceparent") {
                guard let place = slices.value() else { return false }
                traceparent = slices.text(place)
                return true
            }
            if slices.string(name, is: "data") {
                // A second `data` is left to the full parser.
                guard title == nil else { return false }
                return slices.members { slices, name in
                    slices.string(name, is: "title") ? slices.take(&title) : slices.value() != nil
                }
            }
            return !slices.string(name, is: "data_base64") && slices.value() != nil
        }
        guard isRead, slices.isAtEnd(), id != nil, source != nil, let version, version.hasBytePrefix("1."), let type
        else { return nil }
        self.init(
            type: type,
            owner: owner,
            sequence: sequence,
            time: time,
            subject: subject,
            title: title,
            traceparent: traceparent
        )
    }

    private init?(
        type: String,
        owner: String?,
        sequence: Int?,
        time: String?,
        subject: String?,
        title: String?,
        traceparent: String?
    ) {
        guard type.hasBytePrefix("task."), let kind = TaskChange.Kind(rawValue: String(type.droppingBytes(5))),
            let owner = owner.flatMap({ OwnerID($0) }),
            let sequence, (1...OwnedChange.lastSequence).contains(sequence),
            let time = time.flatMap(Timestamp.init(parsing:)), let task = subject.flatMap({ TaskID($0) }), let title
        else { return nil }
        self.owner = owner
        self.traceparent = traceparent
        change = ActivityChange(sequence: sequence, time: time, kind: kind, taskID: task, title: title)
    }
}

extension JSONSlices {
    /// Reads a string that is not empty into `text`; `false` for any other value, and when `text` is already set.
    fileprivate mutating func take(_ text: inout String?) -> Bool {
        guard text == nil, let place = value() else { return false }
        text = self.text(place)
        return text?.isEmpty == false
    }

    /// The number at `place`, written with digits only as ours are; `nil` for any other value.
    fileprivate func digits(_ place: Range<Int>) -> Int? {
        guard place.count <= 16, bytes[place.lowerBound] != UInt8(ascii: "0") else { return nil }
        var number = 0
        for byte in bytes[place] {
            guard byte &- UInt8(ascii: "0") < 10 else { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return number
    }
}

extension JSONValue {
    /// A whole number, written as a number or as text: brokers that carry attributes as headers turn numbers into text.
    fileprivate var wholeNumber: Int? { intValue ?? stringValue.flatMap { Int($0) } }
}
