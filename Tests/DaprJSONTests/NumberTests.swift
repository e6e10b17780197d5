import DaprJSON
import TestTools
import Testing

@Suite struct NumberTests {
    @Test(arguments: [
        0, 1, -1, 9, 10, 99, 1 << 31, 9_007_199_254_740_991, 9_007_199_254_740_992, -9_007_199_254_740_992,
    ])
    func `integers up to 2^53 are kept exactly`(integer: Int) throws {
        let value = try JSONValue(parsing: String(integer))
        #expect(value.intValue == integer)
        #expect(value.serialized() == Array(String(integer).utf8))
        #expect(value == .integer(integer))
    }

    @Test(arguments: [
        ("9007199254740993", 9_007_199_254_740_992), ("-9007199254740993", -9_007_199_254_740_992),
        ("9223372036854775807", 9_223_372_036_854_775_808), ("9223372036854775808", 9_223_372_036_854_775_808),
        ("18446744073709551616", 18_446_744_073_709_551_616), ("123456789012345678901234567890", 1.2345678901234568e29),
        ("999999999999999999", 1e18), ("1000000000000000000", 1e18), ("0.5", 0.5), ("1e23", 1e23),
        ("-1.5e300", -1.5e300),
    ])
    func `beyond 2^53 and for fractions the nearest double counts`(text: String, double: Double) throws {
        let value = try JSONValue(parsing: text)
        #expect(value.doubleValue == double)
        #expect(value.intValue == nil)
    }

    @Test(arguments: [("1.0", 1), ("5e0", 5), ("1e3", 1000), ("-0", 0), ("-0.0", 0), ("12000e-3", 12)])
    func `a fraction or exponent does not hide an integer`(text: String, integer: Int) throws {
        #expect(try JSONValue(parsing: text).intValue == integer)
    }

    @Test func `minus zero stays`() throws {
        for text in ["-0", "-0.0", "-0e5", "-1e-400"] {
            #expect(try JSONValue(parsing: text).doubleValue?.sign == .minus)
            #expect(try JSONValue(parsing: text).description == "-0")
        }
    }

    @Test(arguments: ["1e400", "-1e400", "1e309", "1.8e308", "1e99999999999999999999", "[0,1e400]"])
    func `a number beyond the doubles is refused at its beginning`(text: String) {
        let offset = text.hasPrefix("[") ? 3 : 0
        #expect(throws: JSONError.numberOutOfRange(offset: offset)) { try JSONValue(parsing: text) }
    }

    @Test(arguments: [
        ("1e-400", 0), ("0e99999999999999999999", 0), ("5e-324", .leastNonzeroMagnitude),
        ("1.7976931348623157e308", .greatestFiniteMagnitude), ("0.1e-22", 1e-23),
    ])
    func `small and large numbers are read`(text: String, double: Double) throws {
        #expect(try JSONValue(parsing: text).doubleValue == double)
    }

    @Test func `a number of thousands of digits is read`() throws {
        let zeros = String(repeating: "0", count: 5000)
        #expect(try JSONValue(parsing: "0." + zeros + "1").doubleValue == 0)
        #expect(try JSONValue(parsing: "1" + zeros + "e-5000").doubleValue == 1)
        #expect(try JSONValue(parsing: "0." + String(repeating: "3", count: 5000)).doubleValue == 1.0 / 3)
        #expect(throws: JSONError.numberOutOfRange(offset: 0)) { try JSONValue(parsing: "1" + zeros) }
    }

    @Test func `random texts of numbers are read as the standard library reads them`() throws {
        var generator = SeededRandom(seed: 11)
        for _ in 0..<20_000 {
            var text = Bool.random(using: &generator) ? "-" : ""
            text += String(generator.next() >> UInt64.random(in: 0...63, using: &generator))
            if Bool.random(using: &generator) {
                text += "." + String(generator.next() >> UInt64.random(in: 0...63, using: &generator))
            }
            if Bool.random(using: &generator) { text += "e" + String(Int.random(in: -320...285, using: &generator)) }
            let expected = try #require(Double(text))
            #expect(try JSONValue(parsing: text).doubleValue == expected, "\(text)")
        }
    }

    @Test func `infinities and NaN are no numbers`() {
        #expect(JSONNumber(Double.infinity) == nil)
        #expect(JSONNumber(Double.nan) == nil)
        #expect(JSONValue.double(.infinity) == .null)
        #expect(JSONNumber(Int.max).intValue == nil)
        #expect(JSONNumber(Int.max).doubleValue == 0x1p63)
    }

    @Test func `equal doubles are equal numbers with equal hashes`() throws {
        let one = try #require(JSONNumber(1.0))
        #expect(one == JSONNumber(1))
        #expect(Set([one, JSONNumber(1), JSONNumber(2)]).count == 2)
    }
}
