import Tasks
import Testing

@testable import TasksDapr

struct OwnerMemoryTests {
    @Test func `so many owners are remembered, and no more`() throws {
        let memory = OwnerMemory<Int>(capacity: 100)
        for number in 0..<10_000 { memory.note(number, of: try #require(OwnerID("\(number)"))) }
        #expect(memory.count <= 100)
        #expect(memory.value(of: try #require(OwnerID("9999"))) == 9999)
        #expect(memory.value(of: try #require(OwnerID("1"))) == nil)
    }

    @Test func `what is noted again weighs once`() throws {
        let memory = OwnerMemory<Int>(capacity: 1000) { $0 }
        for _ in 0..<100 {
            for name in ["a", "b"] { memory.note(200, of: try #require(OwnerID(name))) }
        }
        #expect(memory.count == 2)
        memory.note(200, of: try #require(OwnerID("c")))
        memory.note(499, of: try #require(OwnerID("d")))
        memory.note(499, of: try #require(OwnerID("e")))
        #expect(memory.value(of: try #require(OwnerID("a"))) == nil)
    }
}
