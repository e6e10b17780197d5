internal import DaprMetrics

/// The metrics of the journal.
struct JournalMetrics: Sendable {
    let commits: CounterChild
    let changes: CounterChild
    let conflicts: CounterChild
    let retries: CounterChild
    let published: CounterChild
    let publishFailures: CounterChild
    let lostCommits: CounterChild
    let strandedCommits: CounterChild
    let snapshots: CounterChild
    let takeovers: CounterChild
    let snapshotFailures: CounterChild
    let readCalls: CounterChild
    let reads: CounterChild

    init(_ registry: MetricsRegistry) {
        func counter(_ name: String, _ help: String) -> CounterChild { registry.counter(name, help: help).child() }
        commits = counter("tasks_commits_total", "Commits written.")
        changes = counter("tasks_changes_total", "Changes written; more than one may go into a commit.")
        conflicts = counter("tasks_commit_conflicts_total", "Commits whose place in the journal another writer had.")
        retries = counter("tasks_commit_retries_total", "Calls of a commit that were made again.")
        published = counter("tasks_events_published_total", "Events the broker took.")
        takeovers = counter(
            "tasks_relay_takeovers_total",
            "Instances whose events this one publishes, since they died."
        )
        lostCommits = counter(
            "tasks_lost_commits_total",
            "Commits that a book stood on and that the store had no more: removed as too old, or lost."
        )
        strandedCommits = counter(
            "tasks_stranded_commits_total",
            "Commits taken out that the journal did not lead to, since the store had lost those before them."
        )
        snapshots = counter("tasks_snapshots_total", "Snapshots of books written.")
        snapshotFailures = counter("tasks_snapshot_failures_total", "Snapshots of books that were not written.")
        reads = counter("tasks_reads_total", "Reads of a task, or of whether a list has news.")
        readCalls = counter(
            "tasks_read_calls_total",
            "Calls of the sidecar that they were made with; several may share one."
        )
        publishFailures = counter("tasks_event_publish_failures_total", "Events the broker did not take at once.")
    }
}
