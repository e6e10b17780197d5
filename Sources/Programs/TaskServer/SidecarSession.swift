import Dapr
import DaprCurl
import DaprEventLoop
import DaprLibcurl
import Settings
import Tasks
import TasksDapr

/// The sidecar, for a command that calls it for a while.
struct SidecarSession: Sendable {
    /// How often a call is sent that did nothing or only reads, while its time lasts: a sidecar that begins, or a store that fails now and then, ends
    /// no command.
    private static let attempts = 10

    let dapr: DaprClient
    let store: StateStoreName

    /// Lends one, and ends what it needs afterwards.
    static func with<Value>(
        _ values: SettingValues,
        _ body: (SidecarSession) async throws -> Value
    ) async throws -> Value {
        let endpoint = try DaprEndpoint(values)
        let loops = try EventLoopGroup(count: 1)
        let curl = try CurlClient(.init(unixSocketPath: endpoint.unixSocketPath), on: loops)
        let session = SidecarSession(
            dapr: DaprClient(
                transport: RetryingTransport(
                    DaprCurlTransport(endpoint: endpoint, client: curl),
                    attempts: attempts
                ),
                apiToken: values[ServerSettings.daprAPIToken],
                timeout: values[ServerSettings.callTimeout]
            ),
            store: StateStoreName(values[ServerSettings.stateStore])
        )
        let result: Result<Value, any Error>
        do {
            result = .success(try await body(session))
        } catch {
            result = .failure(error)
        }
        await curl.shutdown()
        loops.shutdown()
        return try result.get()
    }

    /// The owners that were named, or all there are.
    func owners(_ names: [String]?) async throws -> [OwnerID] {
        if let names { return try names.map { name in try OwnerID(named: name) } }
        let directory = OwnerDirectory(dapr: dapr, store: store, watch: nil)
        var owners: [OwnerID] = []
        for shard in 0..<OwnerDirectory.shards { owners += try await directory.owners(in: shard) }
        return owners.sorted { $0.rawValue < $1.rawValue }
    }

    /// The first of these owners who never had a task; nil when each has a book.
    func firstWithoutBook(_ owners: [OwnerID]) async throws -> OwnerID? {
        for owner in owners {
            let reader = JournalReader(dapr: dapr, store: store, owner: owner, watch: nil)
            // A book has its first commit, or a snapshot by which that was removed.
            if try await reader.sole(reader.keys.commit(1)) == nil, try await reader.sole(reader.keys.head) == nil {
                return owner
            }
        }
        return nil
    }

    /// Does something with each of many books, several at a time and in no order, and says how far it is.
    func forEach<Value: Sendable>(
        _ owners: [OwnerID],
        sideBySide: Int,
        _ body: @escaping @Sendable (OwnerID) async -> Value,
        then: (OwnerID, Value) -> Void
    ) async {
        var progress = CommandProgress(of: owners.count, "books")
        await withTaskGroup(of: (OwnerID, Value).self) { group in
            var left = owners[...]
            for owner in left.prefix(sideBySide) { group.addTask { (owner, await body(owner)) } }
            left = left.dropFirst(sideBySide)
            while let (owner, value) = await group.next() {
                then(owner, value)
                progress.step()
                if let next = left.popFirst() { group.addTask { (next, await body(next)) } }
            }
        }
    }
}

extension OwnerID {
    /// The owner that a flag names.
    init(named name: String) throws(OwnerNameError) {
        guard let owner = OwnerID(name) else { throw OwnerNameError() }
        self = owner
    }
}

/// An owner without a book.
struct NoBookError: Error, CustomStringConvertible {
    let owner: OwnerID

    var description: String {
        "\(CommandOutput.plain(owner.rawValue)) has no book in this store: nothing was ever written for them; check the name"
    }
}

/// A name that no owner can have.
struct OwnerNameError: Error, CustomStringConvertible {
    var description: String { "--owner must be 1 to 255 bytes of UTF-8 without control characters" }
}
