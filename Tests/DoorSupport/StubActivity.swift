package import Dapr
import Synchronization
package import Tasks

/// Activities in memory, with failures on demand.
package final class StubActivity: ActivityService {
    private let state = Mutex((activities: [OwnerID: Activity](), failure: TaskError?.none, calls: 0))

    package init() {}

    /// Lets every later call fail, or, with nil, work again.
    package func fail(with error: TaskError?) { state.withLock { $0.failure = error } }

    /// How often changes were given.
    package var calls: Int { state.withLock { $0.calls } }

    package func note(
        _ changes: [ActivityChange],
        of owner: OwnerID,
        trace: CallerTrace?,
        until deadline: ContinuousClock.Instant
    ) async throws(TaskError) -> ActivityReceipt {
        let result: Result<ActivityReceipt, TaskError> = state.withLock { state in
            state.calls += 1
            if let failure = state.failure { return .failure(failure) }
            var activity = state.activities[owner] ?? Activity()
            let before = activity.sequence
            for change in changes.sorted(by: { $0.sequence < $1.sequence }) { activity.note(change) }
            state.activities[owner] = activity
            return .success(ActivityReceipt(before: before, after: activity.sequence))
        }
        return try result.get()
    }

    package func activity(of owner: OwnerID, trace: CallerTrace?) async throws(TaskError) -> Activity {
        let result: Result<Activity, TaskError> = state.withLock { state in
            state.failure.map { .failure($0) } ?? .success(state.activities[owner] ?? Activity())
        }
        return try result.get()
    }
}

/// Keeps what goes to dead letter topics, and what comes from them.
package final class StubBroker: Sendable {
    package struct Published: Sendable {
        package let event: CloudEvent
        package let topic: TopicName
        package let key: String?
    }

    private let state = Mutex((published: [Published](), kept: [Published](), isDown: false))

    package init() {}

    /// Whether nothing can be published or kept.
    package func setDown(_ isDown: Bool) { state.withLock { $0.isDown = isDown } }

    package var published: [Published] { state.withLock { $0.published } }
    package var kept: [Published] { state.withLock { $0.kept } }

    package func publish(_ event: CloudEvent, _ topic: TopicName, _ key: String?) throws(DaprError) {
        let isDown = state.withLock { state in
            if !state.isDown { state.published.append(Published(event: event, topic: topic, key: key)) }
            return state.isDown
        }
        if isDown { throw DaprError(.unreachable, operation: "POST publish/{pubsub}/{topic}") }
    }

    package func keep(_ events: [CloudEvent], _ topic: TopicName) -> Bool {
        state.withLock { state in
            if !state.isDown { state.kept += events.map { Published(event: $0, topic: topic, key: nil) } }
            return !state.isDown
        }
    }
}
