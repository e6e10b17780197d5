internal import DaprMetrics
internal import ServiceMetrics

/// The metrics of the journal.
struct JournalMetrics: Sendable {
    let commits: CounterChild
    let changes: CounterChild
    let commitCommands: HistogramChild
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
        commits = registry.counter(.commits).child()
        changes = registry.counter(.changes).child()
        commitCommands = registry.histogram(.commitCommands).child()
        conflicts = registry.counter(.commitConflicts).child()
        retries = registry.counter(.commitRetries).child()
        published = registry.counter(.published).child()
        publishFailures = registry.counter(.publishFailures).child()
        lostCommits = registry.counter(.lostCommits).child()
        strandedCommits = registry.counter(.strandedCommits).child()
        snapshots = registry.counter(.snapshots).child()
        takeovers = registry.counter(.takeovers).child()
        snapshotFailures = registry.counter(.snapshotFailures).child()
        readCalls = registry.counter(.readCalls).child()
        reads = registry.counter(.reads).child()
    }
}
