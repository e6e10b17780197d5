import OpenSSL
import Testing
import Tokens

struct TextSignerTests {
    private static let (one, two) = (String(repeating: "1", count: 32), String(repeating: "2", count: 32))

    private static func signer(_ secret: String) throws -> TextSigner {
        try ServerSecret(parsing: secret).signer(for: .cursor)
    }

    @Test(arguments: ["", "x", "zwölf Käse\n\u{301}", String(repeating: "a", count: 4000)])
    func `what was signed comes back`(text: String) throws {
        let signer = try Self.signer(Self.one)
        let signed = try signer.signed(text, for: "ann")
        #expect(try signer.verified(signed, for: "ann").map { Array($0.utf8) } == Array(text.utf8))
    }

    @Test func `every other text is refused, and every other owner`() throws {
        let signer = try Self.signer(Self.one)
        let signed = Array(try signer.signed("cursor-1", for: "ann").utf8)
        for place in signed.indices {
            for bit in [UInt8(1), 4, 0x80] {
                var changed = signed
                changed[place] ^= bit
                #expect(try signer.verified(String(decoding: changed, as: UTF8.self), for: "ann") == nil, "\(place)")
            }
            #expect(try signer.verified(String(decoding: signed[..<place], as: UTF8.self), for: "ann") == nil)
            #expect(try signer.verified(String(decoding: signed[(place + 1)...], as: UTF8.self), for: "ann") == nil)
        }
        let text = String(decoding: signed, as: UTF8.self)
        for owner in ["", "eve", "ann ", "an", "ann\0cursor-1"] {
            #expect(try signer.verified(text, for: owner) == nil, "\(owner)")
        }
        // An end that is no whole character.
        #expect(try signer.verified("é" + String(repeating: "a", count: 21), for: "ann") == nil)
    }

    @Test func `a new secret takes what the one before it signed`() throws {
        let (old, new) = (try Self.signer(Self.one), try Self.signer("\(Self.two), \(Self.one)"))
        let text = try old.signed("x", for: "ann")
        #expect(try new.verified(text, for: "ann") == "x")
        let newer = try new.signed("x", for: "ann")
        // The step before it: what others sign with the new one already is taken, and nobody is given such yet.
        let first = try Self.signer("\(Self.one),\(Self.two)")
        #expect(try first.verified(newer, for: "ann") == "x")
        #expect(try old.verified(first.signed("x", for: "ann"), for: "ann") == "x")
        #expect(try old.verified(newer, for: "ann") == nil)
        #expect(try Self.signer(Self.two).verified(newer, for: "ann") == "x")
        #expect(try Self.signer(Self.two).verified(text, for: "ann") == nil)
    }
}
