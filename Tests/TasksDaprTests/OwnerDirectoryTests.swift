import Dapr
import Tasks
import Testing

@testable import TasksDapr

struct OwnerDirectoryTests {
    @Test(arguments: [("\u{E9}", "e\u{301}"), ("K", "\u{212A}")])
    func `owners whose names are two spellings of one text are both listed`(one: String, other: String) async throws {
        // Most pairs are in two lists, where nothing could go wrong.
        let pairs = (0..<10_000).lazy.compactMap { number -> (OwnerID, OwnerID)? in
            guard let first = OwnerID("\(one)\(number)"), let second = OwnerID("\(other)\(number)") else { return nil }
            return OwnerDirectory.shard(of: first) == OwnerDirectory.shard(of: second) ? (first, second) : nil
        }
        let (first, second) = try #require(pairs.first)
        let directory = OwnerDirectory(dapr: DaprClient(transport: FakeSidecar()), store: "statestore")
        for owner in [first, second, first, second] { try await directory.add(owner) }
        let listed = try await directory.owners(in: OwnerDirectory.shard(of: first))
        #expect(listed.map { Array($0.rawValue.utf8) } == [first, second].map { Array($0.rawValue.utf8) })
    }
}
