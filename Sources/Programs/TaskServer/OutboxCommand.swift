import Dapr
import DaprJSON
import Settings
import Tasks
import TasksDapr

/// `task-server outbox`: looks at what is yet to be published, and publishes it by hand.
struct OutboxCommand {
    private let values: SettingValues

    init(_ values: SettingValues) {
        self.values = values
    }

    /// Prints each instance with its slots.
    func show() async throws {
        try await SidecarSession.with(values) { session in
            let instances = try await OutboxReader(dapr: session.dapr, store: session.store).instances()
            guard !values[ServerSettings.json] else {
                let answer: JSONValue = .object(["instances": .array(instances.map(\.json))])
                return print(String(decoding: answer.serialized(), as: UTF8.self))
            }
            for instance in instances {
                print(CommandOutput.plain(instance.text))
                for slot in instance.slots { print("  " + CommandOutput.plain(slot.text)) }
            }
            print("\(instances.count) instances, \(instances.reduce(0) { $0 + $1.slots.count }) slots in use")
        }
    }

    /// Publishes what of an owner is not published.
    func redrive() async throws {
        let owner = try OwnerID(named: values[ServerSettings.owner])
        try await SidecarSession.with(values) { session in
            if let owner = try await session.firstWithoutBook([owner]) { throw NoBookError(owner: owner) }
            let redrive = OutboxRedrive(
                dapr: session.dapr,
                store: session.store,
                pubsub: PubSubName(values[ServerSettings.pubsub]),
                topic: TopicName(values[ServerSettings.topic]),
                owner: owner
            )
            var next = ContinuousClock.now + .seconds(2)
            let outcome = try await redrive.run(from: values[ServerSettings.from]) { last in
                guard ContinuousClock.now >= next else { return }
                next = .now + .seconds(2)
                CommandOutput.note("published to \(last)")
            }
            let name = CommandOutput.plain(owner.rawValue)
            guard outcome.last >= outcome.first else { return print("\(name)  nothing to publish") }
            let mark = outcome.isMarked ? "" : "; changes before them may be unpublished still, so they are not marked"
            print("\(name)  published \(outcome.first) to \(outcome.last)\(mark)")
        }
    }
}

extension OutboxReader.Instance {
    fileprivate var text: String {
        guard let lease else { return "\(name)  ended" }
        let taken = lease.takenBy.map { "  taken over by \($0)" } ?? ""
        return "\(name)  beat \(lease.beat), \(slots.count) of \(lease.slots) slots in use\(taken)"
    }

    fileprivate var json: JSONValue {
        .object([
            "beat": lease.map { .integer($0.beat) } ?? .null, "instance": .string(name),
            "slots": .array(slots.map(\.json)), "taken_by": lease?.takenBy.map { .string($0) } ?? .null,
        ])
    }
}

extension OutboxReader.Slot {
    fileprivate var text: String {
        "\(number)  \(content.owner.rawValue)  from \(content.first), published \(published), last \(last)"
    }

    fileprivate var json: JSONValue {
        .object([
            "first": .integer(content.first), "last": .integer(last), "owner": .string(content.owner.rawValue),
            "published": .integer(published), "slot": .integer(number),
        ])
    }
}
