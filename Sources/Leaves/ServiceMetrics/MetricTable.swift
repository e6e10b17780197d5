package import DaprMetrics

/// Every metric of the service, by subject: what code registers, what `docs/metrics.md` is made of and what dashboard and alert rules may ask
/// for.
///
/// Names and labels follow https://prometheus.io/docs/practices/naming/: a counter ends in `_total`, a unit is a base unit and stands last, and
/// no label has values without end.
package enum MetricTable {
    /// Some metrics of one subject.
    package struct Group: Sendable {
        /// The subject, as a heading.
        package let title: String
        /// The metrics, in the order of the page.
        package let metrics: [MetricDefinition]
    }

    /// All of them, in the order of the page.
    package static let groups = [
        Group(title: "Requests", metrics: [.requests, .requestDuration, .limitedRequests, .inFlightBytes]),
        Group(title: "Streams", metrics: [.openStreams, .streamEvents, .endedStreams]),
        Group(title: "Calls of the sidecar", metrics: [.sidecarCalls, .sidecarCallDuration]),
        Group(
            title: "Commits",
            metrics: [
                .commits, .changes, .commitCommands, .commitConflicts, .commitRetries, .lostCommits, .strandedCommits,
                .snapshots, .snapshotFailures,
            ]
        ),
        Group(
            title: "Reads and books in memory",
            metrics: [
                .reads, .readCalls, .bookHits, .bookLoads, .bookEvictions, .books, .bookBytes,
            ]
        ),
        Group(
            title: "The relay that publishes",
            metrics: [
                .published, .publishFailures, .waitingEvents, .oldestEventAge, .outboxOwners, .takeovers,
            ]
        ),
        Group(title: "Deliveries by the sidecar", metrics: [.deliveries, .refusedCommands, .sequences]),
        Group(
            title: "Activity",
            metrics: [
                .activityReads, .activityWrites, .activityConflicts, .activityCatchUps, .activityCaughtUpChanges,
                .activityUnreadable,
            ]
        ),
        Group(title: "Spans", metrics: [.exportedSpans, .droppedSpans]),
        Group(title: "Dead letters", metrics: [.deadLettersKept, .deadLettersDropped]),
        Group(
            title: "The process",
            metrics: [
                .buildInfo, .processCPU, .processResidentBytes, .processVirtualBytes, .processOpenDescriptors,
                .processMostDescriptors, .processStart,
            ]
        ),
    ]

    /// The page of metrics.
    package static var markdown: String {
        var text = """
            # Metrics

            Made from the code by `MetricTableTests`; `METRICS_WRITE=1 make test FILTER=MetricTableTests` writes it anew.

            `GET /metrics`, in Prometheus' text format, on the app port and on `--metrics-port`, never on the public one. A dashboard for Grafana and alert
            rules are in `helm/task-server/files`; [running.md](running.md#kubernetes) says how to have them installed.

            A metric without a label shows from the start, with 0. One with labels shows with its first event, a histogram with its first value:
            what was never used takes no line.

            `route` is the row of the API (`/api/tasks/{id}`), or `unmatched`, `options` or `preflight`. `method` is `OTHER` for what HTTP does not
            define, and `UNREAD` for a request that could not be read. `operation` is the call as Dapr's API names it. No label tells a user, a task,
            a title or a key. At most 1,000 combinations of a metric's labels are kept apart; what comes after them is counted together, under labels
            that all read `other`.

            Renamed, since names now follow Prometheus' customs throughout: `task_event…` and `task_dead_letters_…` begin with `tasks_`, `tasks_views` is
            `tasks_book_cache_books`, `tasks_view_bytes` `tasks_book_cache_bytes`, `tasks_bytes_in_flight` `tasks_in_flight_bytes`,
            `tasks_events_waiting` `tasks_relay_waiting_events` and `tasks_events_oldest_seconds` `tasks_relay_oldest_event_age_seconds`.

            """
        for group in groups {
            text += "\n## \(group.title)\n\n| metric | type | labels | what it counts |\n|---|---|---|---|\n"
            for metric in group.metrics {
                let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
                text += "| `\(metric.name)` | \(metric.kind.rawValue) | \(labels) | \(metric.help) |\n"
            }
        }
        return text
    }
}
