import Dapr
import DaprOperatingSystem
import Settings
import Tasks
import TasksDapr

/// `task-server events`: publishes what was published before.
struct EventsCommand {
    private let values: SettingValues

    init(_ values: SettingValues) {
        self.values = values
    }

    /// Publishes a stretch of an owner's changes once more; a signal ends it between two events.
    func replay() async throws {
        let owner = try OwnerID(named: values[ServerSettings.owner])
        try await SidecarSession.with(values) { session in
            if let owner = try await session.firstWithoutBook([owner]) { throw NoBookError(owner: owner) }
            let topic = values[ServerSettings.replayTopic]
            let replay = EventReplay(
                dapr: session.dapr,
                store: session.store,
                pubsub: PubSubName(values[ServerSettings.pubsub]),
                topic: TopicName(topic),
                owner: owner,
                rate: values[ServerSettings.replayRate]
            )
            let (first, last) = (values[ServerSettings.replayFirst], values[ServerSettings.replayLast])
            let work = Task {
                var next = ContinuousClock.now + .seconds(2)
                return try await replay.run(from: first, to: last) { published, last in
                    guard ContinuousClock.now >= next else { return }
                    next = .now + .seconds(2)
                    CommandOutput.note("published to \(published) of \(last)")
                }
            }
            let signals = Task {
                if await ProcessSignals.wait(for: EndSignals.all) > 0 { work.cancel() }
            }
            defer { signals.cancel() }
            let end = try await work.value
            let name = CommandOutput.plain(owner.rawValue)
            print("\(name)  published \(first) to \(end) once more, to \(CommandOutput.plain(topic))")
        }
    }
}
