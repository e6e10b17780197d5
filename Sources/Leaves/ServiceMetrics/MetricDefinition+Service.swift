package import DaprMetrics

extension MetricDefinition {
    // Requests.
    package static let requests = counter(
        "http_requests_total",
        "Requests answered, by row of the API and status.",
        labels: ["method", "route", "status"]
    )
    package static let requestDuration = histogram(
        "http_request_duration_seconds",
        "Time from a request's head to its answer.",
        labels: ["method", "route"]
    )
    package static let limitedRequests = counter(
        "http_requests_limited_total",
        "Requests refused because too many came, by the limit, or because they had waited too long (`wait`).",
        labels: ["limit"]
    )
    package static let inFlightBytes = gauge(
        "tasks_in_flight_bytes",
        "Bytes of long requests and of unread answers on their way."
    )

    package static let openStreams = gauge(
        "tasks_streams_open",
        "Streams of events that are open, and requests that wait for a change."
    )
    package static let streamEvents = counter("tasks_stream_events_total", "Events that streams have sent.")
    package static let endedStreams = counter(
        "tasks_streams_ended_total",
        "Streams that have ended, by why: `left` by the client, `too_slow` a client that took nothing, `token_expired`, `draining`, `changes_gone` or `unavailable`.",
        labels: ["end"]
    )

    // Calls of the sidecar.
    package static let sidecarCalls = counter(
        "tasks_sidecar_calls_total",
        "Calls of the sidecar, by operation and outcome: `success` or the kind of the error, such as `conflict` or `timed_out`.",
        labels: ["operation", "outcome"]
    )
    package static let sidecarCallDuration = histogram(
        "tasks_sidecar_call_duration_seconds",
        "Time that calls of the sidecar took, failed ones too.",
        labels: ["operation"]
    )

    // Spans.
    package static let exportedSpans = counter("tasks_spans_exported_total", "Spans that the collector took.")
    package static let droppedSpans = counter(
        "tasks_spans_dropped_total",
        "Spans that were recorded and never reached the collector, by why.",
        labels: ["reason"]
    )

    // Commits.
    package static let commits = counter("tasks_commits_total", "Commits written.")
    package static let changes = counter("tasks_changes_total", "Changes written; more than one may go into a commit.")
    package static let commitCommands = histogram(
        "tasks_commit_commands",
        "Commands that were answered with one commit: the size of a group.",
        bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256]
    )
    package static let commitConflicts = counter(
        "tasks_commit_conflicts_total",
        "Commits whose place in the journal another writer had."
    )
    package static let commitRetries = counter("tasks_commit_retries_total", "Calls of a commit that were made again.")
    package static let lostCommits = counter(
        "tasks_lost_commits_total",
        "Commits that a book stood on and that the store had no more: removed as too old, or lost."
    )
    package static let strandedCommits = counter(
        "tasks_stranded_commits_total",
        "Commits taken out that the journal did not lead to, since the store had lost those before them."
    )
    package static let snapshots = counter("tasks_snapshots_total", "Snapshots of books written.")
    package static let snapshotFailures = counter(
        "tasks_snapshot_failures_total",
        "Snapshots of books that were not written."
    )

    // Reads and books in memory.
    package static let reads = counter("tasks_reads_total", "Reads of a task, or of whether a list has news.")
    package static let readCalls = counter(
        "tasks_read_calls_total",
        "Calls of the sidecar that they were made with; several may share one."
    )
    package static let bookHits = counter(
        "tasks_book_cache_hits_total",
        "Uses of a book, by a list or a command, that was in memory."
    )
    package static let bookLoads = counter(
        "tasks_book_cache_loads_total",
        "Uses of a book that was not in memory, or too old, and had to be read."
    )
    package static let bookEvictions = counter(
        "tasks_book_cache_evictions_total",
        "Books that made room for others; see `--view-memory`."
    )
    package static let books = gauge("tasks_book_cache_books", "Books in memory.")
    package static let bookBytes = gauge("tasks_book_cache_bytes", "About how many bytes of memory they take.")

    // The relay.
    package static let published = counter("tasks_events_published_total", "Events that the broker took.")
    package static let publishFailures = counter(
        "tasks_event_publish_failures_total",
        "Events that the broker did not take at once; they are sent again."
    )
    package static let waitingEvents = gauge(
        "tasks_relay_waiting_events",
        "Events that wait to be published, in memory."
    )
    package static let oldestEventAge = gauge(
        "tasks_relay_oldest_event_age_seconds",
        "The age of the oldest event that waits, in memory; 0 when none does."
    )
    package static let outboxOwners = gauge("tasks_outbox_owners", "Owners with a slot in the outbox.")
    package static let takeovers = counter(
        "tasks_relay_takeovers_total",
        "Instances whose events this one publishes, since they died."
    )

    // Deliveries.
    package static let deliveries = counter(
        "tasks_events_received_total",
        "Events that the sidecar delivered, by what it was answered: `SUCCESS`, `RETRY` or `DROP`.",
        labels: ["topic", "type", "answer"]
    )
    package static let refusedCommands = counter(
        "tasks_events_refused_total",
        "Commands by event that were not carried out, by the code of the error.",
        labels: ["code"]
    )
    package static let sequences = counter(
        "tasks_event_sequences_total",
        "Our own events, by how each follows what the owner's activity counts: `counted`, `repeated`, or `gap`, behind one that the journal could not fill, and delivered again.",
        labels: ["outcome"]
    )

    // Activity.
    package static let activityReads = counter("tasks_activity_reads_total", "Activity documents read.")
    package static let activityWrites = counter(
        "tasks_activity_writes_total",
        "Activity documents written: one for all changes of an owner that are delivered together."
    )
    package static let activityConflicts = counter(
        "tasks_activity_conflicts_total",
        "Activity documents that another writer had changed."
    )
    package static let activityCatchUps = counter(
        "tasks_activity_catch_ups_total",
        "Gaps in an owner's events that were filled from the journal."
    )
    package static let activityCaughtUpChanges = counter(
        "tasks_activity_caught_up_changes_total",
        "Changes that were read from the journal for them."
    )
    package static let activityUnreadable = counter(
        "tasks_activity_unreadable_total",
        "Activity documents that could not be read and are made anew."
    )

    // Dead letters.
    package static let deadLettersKept = counter(
        "tasks_dead_letters_kept_total",
        "Events that came to a dead letter topic and are kept: `new`, or there `again`.",
        labels: ["outcome"]
    )
    package static let deadLettersDropped = counter(
        "tasks_dead_letters_dropped_total",
        "Dead letters that made room for newer ones."
    )

    // The process, named as every Prometheus client names it.
    package static let buildInfo = gauge(
        "tasks_build_info",
        "1; the labels tell the program's version, and whether it is a `release` or a `debug` build.",
        labels: ["version", "configuration"]
    )
    package static let processCPU = counter(
        "process_cpu_seconds_total",
        "Seconds of CPU time spent, by user and system together."
    )
    package static let processResidentBytes = gauge(
        "process_resident_memory_bytes",
        "Bytes of memory that are resident."
    )
    package static let processVirtualBytes = gauge("process_virtual_memory_bytes", "Bytes of address space.")
    package static let processOpenDescriptors = gauge("process_open_fds", "Open file descriptors.")
    package static let processMostDescriptors = gauge("process_max_fds", "The most file descriptors that may be open.")
    package static let processStart = gauge(
        "process_start_time_seconds",
        "When the process started, in seconds since 1970 began."
    )
}
