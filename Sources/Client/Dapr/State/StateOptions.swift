/// What a write without an ETag does when another writer was first.
///
/// See [Concurrency](https://docs.dapr.io/developing-applications/building-blocks/state-management/state-management-overview/).
public enum StateConcurrency: String, Sendable, Hashable, CaseIterable {
    /// Without an ETag the key must not exist. With an ETag the ETag decides, as always.
    case firstWrite = "first-write"
    /// The write replaces what is there. An ETag is checked all the same, except by Redis.
    case lastWrite = "last-write"
}

/// How current a read is, and how durable a write is when it is answered.
///
/// Stores that know only one level ignore it; PostgreSQL, SQLite and the in-memory store are always strong.
public enum StateConsistency: String, Sendable, Hashable, CaseIterable {
    /// A read may be old, a write is answered when one replica has it.
    case eventual
    /// A read sees every write that was answered before, a write is answered when all replicas or a quorum have it.
    case strong
}
