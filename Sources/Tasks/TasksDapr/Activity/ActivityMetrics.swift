internal import DaprMetrics

/// The metrics of the activity read model.
struct ActivityMetrics: Sendable {
    let reads: CounterChild
    let writes: CounterChild
    let conflicts: CounterChild
    let catchUps: CounterChild
    let caughtUp: CounterChild
    let rebuilt: CounterChild

    init(_ registry: MetricsRegistry) {
        func counter(_ name: String, _ help: String) -> CounterChild { registry.counter(name, help: help).child() }
        reads = counter("tasks_activity_reads_total", "Activity documents read.")
        writes = counter("tasks_activity_writes_total", "Activity documents written.")
        conflicts = counter("tasks_activity_conflicts_total", "Activity documents that another writer had changed.")
        catchUps = counter(
            "tasks_activity_catch_ups_total",
            "Gaps in an owner's events that were filled from the journal."
        )
        caughtUp = counter("tasks_activity_caught_up_changes_total", "Changes that were read from the journal for it.")
        rebuilt = counter(
            "tasks_activity_unreadable_total",
            "Activity documents that could not be read and are made anew."
        )
    }
}
