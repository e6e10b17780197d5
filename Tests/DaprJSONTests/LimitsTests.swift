import DaprJSON
import Testing

@Suite struct LimitsTests {
    private func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }

    @Test func `the depth is limited where the level too many opens`() throws {
        _ = try JSONValue(parsing: nested(128))
        #expect(throws: JSONError.tooDeep(limit: 128, offset: 128)) { try JSONValue(parsing: nested(129)) }
        #expect(throws: JSONError.tooDeep(limit: 2, offset: 10)) {
            try JSONValue(parsing: #"{"a":{"b":[]}}"#, limits: JSONLimits(depth: 2))
        }
        #expect(try JSONValue(parsing: "1", limits: JSONLimits(depth: 0)) == 1)
        #expect(throws: JSONError.tooDeep(limit: 0, offset: 0)) {
            try JSONValue(parsing: "[]", limits: JSONLimits(depth: -1))
        }
    }

    @Test func `no setting allows a depth that would exhaust the stack`() throws {
        let limits = JSONLimits(depth: .max)
        let deepest = try JSONValue(parsing: nested(JSONLimits.maximumDepth), limits: limits)
        #expect(deepest.serialized() == Array(nested(JSONLimits.maximumDepth).utf8))
        for opening in ["[", "{\"a\":", "[{\"b\":"] {
            let bomb = Array(String(repeating: opening, count: 1_000_000).utf8)
            #expect { try JSONValue(parsing: bomb, limits: limits) } throws: { error in
                if case .tooDeep(JSONLimits.maximumDepth, _)? = error as? JSONError { true } else { false }
            }
            #expect(throws: JSONError.self) { try JSONReencoding.reencoded(bomb, numbers: .asDoubles, limits: limits) }
            #expect(throws: JSONError.self) { try JSONCoding.decode(JSONValue.self, from: bomb, limits: limits) }
        }
    }

    @Test func `the size is limited`() throws {
        #expect(try JSONValue(parsing: "1234", limits: JSONLimits(bytes: 4)) == 1234)
        #expect(throws: JSONError.tooLarge(limit: 4, offset: 4)) {
            try JSONValue(parsing: "12345", limits: JSONLimits(bytes: 4))
        }
        #expect(throws: JSONError.tooLarge(limit: 4, offset: 4)) {
            try JSONValue.parsingPrefix(of: Array("12345".utf8), limits: JSONLimits(bytes: 4))
        }
        #expect(throws: JSONError.tooLarge(limit: 4, offset: 4)) {
            try JSONReencoding.reencoded(Array("12345".utf8), numbers: .asWritten, limits: JSONLimits(bytes: 4))
        }
        #expect(throws: JSONError.tooLarge(limit: 1, offset: 1)) {
            try JSONCoding.decode(Int.self, from: Array("12".utf8), limits: JSONLimits(bytes: 1))
        }
        #expect(throws: JSONError.tooLarge(limit: -1, offset: 0)) {
            try JSONValue(parsing: "1", limits: JSONLimits(bytes: -1))
        }
    }
}
