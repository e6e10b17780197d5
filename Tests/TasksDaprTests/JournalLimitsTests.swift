import Testing

@testable import TasksDapr

/// What a service may ask of which store.
struct JournalLimitsTests {
    @Test(arguments: [
        ("state.sqlite", "v1", 64), ("state.postgresql", "v2", 64), ("state.in-memory", "v1", 64),
        ("state.postgresql", "v1", 1), ("state.azure.cosmosdb", "v1", 1), ("state.aws.dynamodb", "v1", 1),
    ])
    func `only a store with one copy of its data shares calls`(type: String, version: String, reads: Int) {
        var limits = JournalLimits()
        #expect(limits.readsPerCall == 1)
        limits.readsPerCall = 64
        limits.suit(storeType: type, version: version)
        #expect(limits.readsPerCall == reads)
    }
}
