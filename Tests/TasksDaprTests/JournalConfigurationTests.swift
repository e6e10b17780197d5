import Dapr
import Tasks
import Testing

@testable import TasksDapr

/// What a service may ask of which store.
struct JournalConfigurationTests {
    @Test(arguments: [
        ("state.sqlite", "v1", 64), ("state.postgresql", "v2", 64), ("state.in-memory", "v1", 64),
        ("state.postgresql", "v1", 1), ("state.azure.cosmosdb", "v1", 1), ("state.aws.dynamodb", "v1", 1),
    ])
    func `only a store with one copy of its data shares calls`(type: String, version: String, reads: Int) {
        var configuration = JournalConfiguration.quick
        configuration.readsPerCall = 64
        configuration.suit(storeType: type, version: version)
        #expect(configuration.readsPerCall == reads)
    }

    @Test func `what readers look for is never lowered, and no commit is longer`() {
        // As long as the commits of a journal of format 3 may be: those that were written stay.
        #expect(CommitRecord.changeLimit >= 128)
        #expect(JournalConfiguration.quick.commandsPerCommit <= CommitRecord.changeLimit)
        // Or a command would never have room.
        #expect(TaskRules.operationLimit <= CommitRecord.changeLimit)
    }

    @Test func `a call that is full is within what a sidecar takes, however much of it is escaped`() {
        #expect(CallBounds.escapedBytes + 100 * CallBounds.events <= SidecarLimits.bodyBytes)
    }
}
