import Dapr
import DaprJSON
import Synchronization
import Tasks

@testable import TasksDapr

/// A broker that tells the ledger what it takes, and fails as the run's rules say: as a whole, or for some of the events of a call.
///
/// It also keeps what its one subscriber, the activity, has yet to be given.
final class ModelBroker: Sendable {
    private enum Fault {
        case none
        case before
        case busy
        case after
        case twice
        /// Takes the events before this place.
        case first(Int)
        /// Takes all but these.
        case some(Set<Int>)
    }

    private struct Queue {
        var waiting: [OwnerID: [ActivityChange]] = [:]
        /// Whether some were taken out, and it is not known what came of them.
        var isDelivering = false
    }

    private let queue = Mutex(Queue())
    private let world: ModelWorld
    private let ledger: ModelLedger

    init(_ world: ModelWorld, _ ledger: ModelLedger) {
        self.world = world
        self.ledger = ledger
    }

    /// Takes what is published.
    func carryOut(_ call: ModelCall) throws(DaprTransportError) -> DaprResponse {
        guard call.request.path.hasPrefix("/v1.0/publish/bulk/") else {
            switch fault(1) {
            case .before, .first, .some: throw .connectionLost("before the broker")
            case .busy: return ModelSidecar.failure(500, "ERR_PUBSUB_PUBLISH_MESSAGE", "busy")
            case .none: take(call.body)
            case .twice: for _ in 0..<2 { take(call.body) }
            case .after:
                take(call.body)
                throw .connectionLost("after the broker")
            }
            return DaprResponse(status: 204)
        }
        var entries = Array((call.body.arrayValue ?? []).enumerated())
        if world.strikes(.brokerUnordered, oneIn: 1) {
            for place in entries.indices.dropFirst() { entries.swapAt(place, world.below(place + 1)) }
        }
        var failed: Set<Int> = []
        let fault = fault(entries.count)
        switch fault {
        case .before: throw .connectionLost("before the broker")
        case .busy: return ModelSidecar.failure(500, "ERR_PUBSUB_PUBLISH_MESSAGE", "busy")
        case .first(let count): failed = Set(entries.dropFirst(count).map(\.offset))
        case .some(let places): failed = places
        case .none, .after, .twice: break
        }
        for (place, entry) in entries where !failed.contains(place) { take(entry["event"] ?? .null) }
        if case .twice = fault { for (_, entry) in entries { take(entry["event"] ?? .null) } }
        if case .after = fault { throw .connectionLost("after the broker") }
        if failed.isEmpty { return DaprResponse(status: 204) }
        let list = entries.filter { failed.contains($0.offset) }.map {
            JSONValue.object(["entryId": $0.element["entryId"] ?? .null, "error": "full"])
        }
        let answer: JSONObject = ["failedEntries": .array(list), "errorCode": "ERR_PUBSUB_PUBLISH_MESSAGE"]
        return DaprResponse(status: 500, body: JSONValue.object(answer).serialized())
    }

    private func fault(_ count: Int) -> Fault {
        if world.strikes(.brokerFails, oneIn: 6) {
            return [.before, .busy, .after, .twice][world.below(4)]
        }
        if count > 1, world.strikes(.brokerTakesFirst, oneIn: 6) { return .first(world.below(count)) }
        if count > 1, world.strikes(.brokerTakesSome, oneIn: 6) {
            return .some(Set((0..<count).filter { _ in world.oneIn(3) }))
        }
        return .none
    }

    private func take(_ event: JSONValue) {
        guard let owner = event["owner"]?.stringValue.flatMap({ OwnerID($0) }),
            let change = ActivityChange(event: event)
        else { return world.broke(.allPublished, "no event of ours was published: \(event)") }
        ledger.noteEvent(owner, change.sequence, event)
        queue.withLock { $0.waiting[owner, default: []].append(change) }
    }

    // MARK: - The subscriber

    /// Whether everything was delivered.
    var isEmpty: Bool { queue.withLock { $0.waiting.isEmpty && !$0.isDelivering } }

    /// Takes out the next events to deliver, of all owners, in order; tell when that is done.
    func nextDelivery() -> [OwnerID: [ActivityChange]] {
        queue.withLock { queue in
            defer { (queue.waiting, queue.isDelivering) = ([:], true) }
            return queue.waiting
        }
    }

    /// Has events come again.
    func deliverAgain(_ changes: [ActivityChange], of owner: OwnerID) {
        if changes.isEmpty { return }
        queue.withLock { $0.waiting[owner, default: []].append(contentsOf: changes) }
    }

    /// Notes that what was taken out is delivered, or comes again.
    func noteDelivered() { queue.withLock { $0.isDelivering = false } }
}

extension ActivityChange {
    /// What an event says of a change; nil when it is none of ours.
    fileprivate init?(event: JSONValue) {
        guard let sequence = event["sequence"]?.intValue,
            let time = event["time"]?.stringValue.flatMap(Timestamp.init(parsing:)),
            let kind = TaskChange.Kind.allCases.first(where: { $0.eventType == event["type"]?.stringValue }),
            let id = event["subject"]?.stringValue.flatMap({ TaskID($0) }),
            let title = event["data"]?["title"]?.stringValue
        else { return nil }
        self.init(sequence: sequence, time: time, kind: kind, taskID: id, title: title)
    }

    /// What an event of an entry of the journal would say.
    init(_ entry: JournalEntry) {
        self.init(
            sequence: entry.change.sequence,
            time: entry.change.time,
            kind: entry.change.kind,
            taskID: entry.change.taskID,
            title: entry.task?.content.title ?? ""
        )
    }
}
