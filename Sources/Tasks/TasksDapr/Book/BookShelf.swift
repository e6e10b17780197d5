internal import DaprMetrics
internal import Synchronization
internal import Tasks

/// The books in memory; the least recently used are dropped when all take too much memory.
///
/// A book that is dropped while in use lives until its users are done. Two books of one owner behave like two replicas:
/// slower but right.
final class BookShelf: Sendable {
    fileprivate struct Place {
        let book: OwnerBook
        var bytes = 0
        var lastUse: Int
    }

    fileprivate struct State {
        var places: [OwnerID: Place] = [:]
        var bytes = 0
        var uses = 0
    }

    private let state = Mutex(State())
    private let limit: Int
    private let metrics: ShelfMetrics

    /// Creates a shelf that keeps at most `limit` bytes of books.
    init(limit: Int, metrics: ShelfMetrics) {
        self.limit = limit
        self.metrics = metrics
    }

    /// The number of books.
    var count: Int { state.withLock { $0.places.count } }

    /// The approximate bytes of all books.
    var bytes: Int { state.withLock { $0.bytes } }

    /// The owner's book, if it is on the shelf.
    func existing(_ owner: OwnerID) -> OwnerBook? { state.withLock { $0.places[owner]?.book } }

    /// The owner's book; a new one if none is on the shelf, or if it is stale and not busy.
    func book(of owner: OwnerID, make: () -> OwnerBook) -> OwnerBook {
        state.withLock { state in
            state.uses += 1
            if let book = state.places[owner]?.book, book.isBusy || !book.isStale {
                state.places[owner]?.lastUse = state.uses
                metrics.hits.increment()
                return book
            }
            metrics.loads.increment()
            let book = make()
            state.bytes -= state.places[owner]?.bytes ?? 0
            state.places[owner] = Place(book: book, lastUse: state.uses)
            return book
        }
    }

    /// Drops a book that must be read again.
    func discard(_ book: OwnerBook, of owner: OwnerID) {
        state.withLock { state in
            guard let place = state.places[owner], place.book === book else { return }
            state.places[owner] = nil
            state.bytes -= place.bytes
        }
    }

    /// Weighs a book after its use, and makes room if necessary.
    func weigh(_ book: OwnerBook, of owner: OwnerID) {
        let bytes = book.approximateBytes
        state.withLock { state in
            guard let place = state.places[owner], place.book === book else { return }
            state.bytes += bytes - place.bytes
            state.places[owner]?.bytes = bytes
            if state.bytes > limit { metrics.evictions.increment(by: state.makeRoom(limit: limit)) }
        }
    }
}

extension BookShelf.State {
    /// Drops the least recently used books until a tenth is free, so that the next calls need not sort again.
    ///
    /// - Returns: How many were dropped.
    fileprivate mutating func makeRoom(limit: Int) -> Int {
        var dropped = 0
        for (owner, place) in places.sorted(by: { $0.value.lastUse < $1.value.lastUse }) {
            if bytes <= limit / 10 * 9 || places.count == 1 { break }
            if place.book.isBusy { continue }
            places[owner] = nil
            bytes -= place.bytes
            dropped += 1
        }
        return dropped
    }
}
