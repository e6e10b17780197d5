internal import DaprMetrics
internal import Tasks

extension MetricsRegistry {
    /// Shows what of the journal is in memory, as it is whenever somebody asks.
    func showJournal(shelf: BookShelf, relay: EventRelay, outbox: Outbox, now: @escaping @Sendable () -> Timestamp) {
        gaugeCallback("tasks_views", help: "Books in memory.") { Double(shelf.count) }
        gaugeCallback("tasks_view_bytes", help: "About how many bytes of memory they take.") {
            Double(shelf.bytes)
        }
        gaugeCallback("tasks_events_waiting", help: "Events that wait to be published, in memory.") {
            Double(relay.waiting)
        }
        gaugeCallback("tasks_outbox_owners", help: "Owners with a slot in the outbox.") {
            Double(outbox.count)
        }
        gaugeCallback(
            "tasks_events_oldest_seconds",
            help: "The age of the oldest event that waits, in memory."
        ) {
            relay.oldest.map { Double(now().milliseconds - $0.milliseconds) / 1000 } ?? 0
        }
    }
}
