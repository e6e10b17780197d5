import Foundation
import Synchronization
import Testing

@testable import Tasks

struct IdentifierTests {
    @Test func `a task identifier reads a UUID in any case and writes it in lower case`() throws {
        for _ in 0..<100 {
            let text = UUID().uuidString
            #expect(try #require(TaskID(text)).rawValue == text.lowercased())
        }
    }

    @Test(arguments: [
        "", "1", "0190c0de-0000-7000-8000-00000000000", "0190c0de-0000-7000-8000-0000000000000",
        "0190c0de00007000800000000000000000000", "0190c0dg-0000-7000-8000-000000000000",
        "0190c0de-0000-7000-8000_000000000000", "{190c0de-0000-7000-8000-000000000000",
        "0190c0de-0000-7000-8000-00000000é00",
    ])
    func `what is no UUID is refused`(text: String) {
        #expect(TaskID(text) == nil)
    }

    @Test func `identifiers order as their text does`() throws {
        let ids = (0..<200).compactMap { _ in TaskID(UUID().uuidString) }
        #expect(ids.sorted().map(\.rawValue) == ids.map(\.rawValue).sorted())
    }

    @Test func `a UUID of version 7 holds its time, version and variant`() throws {
        let time = try #require(Timestamp(milliseconds: 0x0190_C0DE_1234))
        #expect(UUIDv7(time: time, random: (0, 0)).id.rawValue == "0190c0de-1234-7000-8000-000000000000")
        #expect(UUIDv7(time: time, random: (.max, .max)).id.rawValue == "0190c0de-1234-7fff-bfff-ffffffffffff")
        #expect(
            UUIDv7(time: time, random: (.max, .max)).successor.id.rawValue == "0190c0de-1235-7000-8000-000000000000"
        )
        #expect(UUIDv7(time: time, random: (1, .max)).successor.id.rawValue == "0190c0de-1234-7002-8000-000000000000")
    }

    @Test func `identifiers of one maker grow, also when the clock goes back`() {
        let clock = Mutex<Int64>(1_000_000)
        let maker = TaskIDMaker {
            clock.withLock { time in
                time += Int64.random(in: -3...2)
                return Timestamp(clamping: time)
            }
        }
        let ids = (0..<1000).map { _ in maker.next() }
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test(arguments: [
        ("user-1", "user-1"), ("a b", "a%20b"), ("a||b", "a%7C%7Cb"), ("a:b/c%", "a%3Ab%2Fc%25"), ("é", "%C3%A9"),
        ("auth0|6f~._@X", "auth0%7C6f~._@X"),
    ])
    func `an owner is percent-encoded in keys`(owner: String, key: String) throws {
        #expect(try #require(OwnerID(owner)).keyComponent == key)
    }

    @Test func `an owner is 1 to 255 bytes without control characters`() throws {
        for text in ["", "a\nb", "a\u{0}", "\u{7F}", String(repeating: "é", count: 128)] {
            #expect(OwnerID(text) == nil)
        }
        #expect(OwnerID(String(repeating: "x", count: 255)) != nil)
        let composed = try #require(OwnerID("\u{E9}"))
        #expect(composed != OwnerID("e\u{301}"))
    }

    @Test func `hashes of keys read back and differ by door`() {
        let hash = Fingerprint(key: "k", channel: .rest)
        #expect(Fingerprint(hash.text) == hash)
        #expect(hash.text.utf8.count == 32)
        #expect(hash != Fingerprint(key: "k", channel: .event))
        #expect(Fingerprint("") == nil)
        #expect(Fingerprint(String(repeating: "g", count: 32)) == nil)
    }
}
