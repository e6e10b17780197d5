internal import DaprMetrics
internal import ServiceMetrics

/// The metrics of the activity read model.
struct ActivityMetrics: Sendable {
    let reads: CounterChild
    let writes: CounterChild
    let conflicts: CounterChild
    let catchUps: CounterChild
    let caughtUp: CounterChild
    let rebuilt: CounterChild

    init(_ registry: MetricsRegistry) {
        reads = registry.counter(.activityReads).child()
        writes = registry.counter(.activityWrites).child()
        conflicts = registry.counter(.activityConflicts).child()
        catchUps = registry.counter(.activityCatchUps).child()
        caughtUp = registry.counter(.activityCaughtUpChanges).child()
        rebuilt = registry.counter(.activityUnreadable).child()
    }
}
