import DaprJSON
import Foundation
import TestTools
import Testing

@Suite struct FuzzTests {
    @Test func `what is written is read as it was`() throws {
        var values = RandomValues(seed: 1)
        for _ in 0..<3000 {
            let value = values.value()
            #expect(try JSONValue(parsing: value.serialized()) == value)
            #expect(try JSONValue(parsing: value.serialized(escapingHTML: true)) == value)
        }
    }

    @Test func `Foundation reads what is written`() throws {
        var values = RandomValues(seed: 2)
        for _ in 0..<500 {
            let value = values.value(depth: 3)
            let data = Data(value.serialized())
            #expect(try JSONDecoder().decode(JSONValue.self, from: data) == value)
            _ = try JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)
        }
    }

    @Test func `what Foundation writes is read`() throws {
        var values = RandomValues(seed: 4)
        for _ in 0..<500 {
            let value = values.value(depth: 3)
            #expect(try JSONValue(parsing: Array(try JSONEncoder().encode(value))) == value)
            let object = try JSONSerialization.jsonObject(with: Data(value.serialized()), options: .fragmentsAllowed)
            let data = try JSONSerialization.data(withJSONObject: object, options: .fragmentsAllowed)
            #expect(try JSONValue(parsing: Array(data)) == value)
        }
    }

    @Test func `random bytes of JSON's alphabet never trap`() throws {
        let alphabet =
            Array(#"{}[]:,"\/ueE+-.0123456789truefalsn ab"#.utf8) + [
                0x0a, 0x00, 0x1f, 0x80, 0xc3, 0xa9, 0xe2, 0xed, 0xf0, 0xff,
            ]
        var generator = SeededRandom(seed: 6)
        var accepted = 0
        for _ in 0..<100_000 {
            let length = Int.random(in: 0...12, using: &generator)
            let bytes = (0..<length).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            if try check(bytes) { accepted += 1 }
        }
        #expect(accepted > 100)
    }

    @Test func `changed documents never trap`() throws {
        var values = RandomValues(seed: 7)
        var accepted = 0
        var refused = 0
        for _ in 0..<5000 {
            var bytes = values.value(depth: 3).serialized(escapingHTML: Bool.random(using: &values.generator))
            for _ in 0..<Int.random(in: 1...3, using: &values.generator) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &values.generator)
                switch Int.random(in: 0..<5, using: &values.generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &values.generator)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &values.generator)], at: place)
                case 3: bytes.removeSubrange(place...)
                default: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &values.generator)
                }
            }
            if try check(bytes) { accepted += 1 } else { refused += 1 }
        }
        #expect(accepted > 100)
        #expect(refused > 100)
    }

    /// Reads bytes in every way and compares the ways; `true` when they are JSON.
    private func check(_ bytes: [UInt8]) throws -> Bool {
        let strict = Result { () throws(JSONError) in try JSONValue(parsing: bytes) }
        let reencoded = Result { () throws(JSONError) in try JSONReencoding.reencoded(bytes, numbers: .asDoubles) }
        switch strict {
        case .success(let value):
            #expect(try JSONCoding.decode(JSONValue.self, from: bytes) == value)
            #expect(try JSONValue(parsing: value.serialized()) == value)
            #expect(try reencoded.get() == value.serialized(escapingHTML: true))
            #expect(try JSONValue.parsingPrefix(of: bytes).value == value)
            return true
        case .failure(let error):
            #expect(throws: error) { try JSONCoding.decode(JSONValue.self, from: bytes) }
            #expect((0...bytes.count).contains(error.offset), "\(error)")
            switch reencoded {
            case .success: #expect(isRepaired(error), "\(error) for \(bytes)")
            case .failure(let other): #expect((0...bytes.count).contains(other.offset), "\(other)")
            }
            return false
        }
    }

    /// Whether re-encoding puts U+FFFD where the parser refuses.
    private func isRepaired(_ error: JSONError) -> Bool {
        switch error {
        case .invalidUTF8, .loneSurrogate: true
        default: false
        }
    }
}
