import DaprHTTP
import Glibc
import TestTools
import Testing

/// Addresses and ranges as texts.
struct AddressTests {
    private static let literals = [
        "192.0.2.1", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1", "2001:db8:0:0:1:0:0:1",
        "::ffff:10.1.2.3",
        "fe80::1:2:3:4", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "FE80::ABCD",
    ]

    /// What the C library makes of a text.
    private static func reference(_ text: String) -> IPAddress? {
        var four = in_addr()
        if unsafe inet_pton(AF_INET, text, &four) == 1 {
            return IPAddress(high: 0, low: 0xFFFF << 32 | UInt64(UInt32(bigEndian: four.s_addr)))
        }
        var six = in6_addr()
        guard unsafe inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        let bytes = unsafe withUnsafeBytes(of: &six) { unsafe Array($0) }
        func number(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
        return IPAddress(high: number(0..<8), low: number(8..<16))
    }

    @Test(arguments: literals)
    func `a literal is the address that the C library reads`(text: String) throws {
        let address: IPAddress = try #require(IPAddress(text))
        #expect(address == Self.reference(text))
        #expect(IPAddress(address.description) == address)
    }

    @Test func `an address is written as people know it`() {
        #expect(IPAddress("192.0.2.1")?.description == "192.0.2.1")
        #expect(IPAddress("2001:db8::1")?.description == "2001:db8:0:0:0:0:0:1")
    }

    @Test(arguments: [
        "", ":", ":::", "1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "256.1.1.1", "1.2.3.", ".1.2.3", "1.2.3.4 ", " 1.2.3.4",
        "+1.2.3.4", "1.2.3.4:80", "[::1]", "::1%lo", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7:8::",
        ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "12345::", "g::", "::1.2.3", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4",
        "\u{FF11}.2.3.4", "localhost", "0x1.2.3.4",
    ])
    func `what is no address is none`(text: String) {
        #expect(IPAddress(text) == nil)
        #expect(Self.reference(text) == nil)
    }

    @Test func `no change makes it read an address that the C library does not`() throws {
        var random = SeededRandom(seed: 7)
        var found = 0
        for _ in 0..<20_000 {
            let text = random.changed(
                random.pick(Self.literals),
                words: [":", "::", ".", "0", "ffff", "255", "1.2.3.4"]
            )
            // A C string ends at a NUL.
            guard !text.utf8.contains(0) else { continue }
            let address = IPAddress(text)
            #expect(address == Self.reference(text), "\(text.debugDescription)")
            if address != nil { found += 1 }
        }
        #expect(found > 500)
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.1.2.3", "10.1.2.3", true),
        ("10.1.2.3", "10.1.2.4", false), ("0.0.0.0/0", "1.2.3.4", true), ("0.0.0.0/0", "::2", false),
        ("fd00::/8", "fdff::1", true), ("fd00::/8", "fe80::1", false), ("::1", "::1", true), ("::/0", "1.2.3.4", true),
        ("2001:db8::/65", "2001:db8::7fff:0:0:0", true), ("2001:db8::/65", "2001:db8::8000:0:0:0", false),
        ("10.0.0.0/8", "::ffff:10.1.1.1", true),
    ])
    func `a range holds the addresses of its network`(range: String, address: String, isIn: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(try #require(IPAddress(address))) == isIn)
    }

    @Test(arguments: [
        "", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/", "::/129", "localhost", "10.0.0",
        "10.0.0.0/8/8", "10.0.0.0/a", "/8",
    ])
    func `what is no range is none`(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test func `an IPv6 client counts as its network, an IPv4 client as itself`() throws {
        func counted(_ text: String) throws -> IPAddress { try #require(IPAddress(text)).counted }
        #expect(try counted("2001:db8::1") == counted("2001:db8::ffff:2"))
        #expect(try counted("2001:db8::1") != counted("2001:db8:0:1::1"))
        #expect(try counted("192.0.2.1") != counted("192.0.2.2"))
    }
}
