import TestTools
import Testing
import Tokens

struct TokenFuzzTests {
    private static let interesting = Array("AZaz09-_=.+/ \n\u{0}\"{}é".utf8)

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `no token that was changed anywhere verifies`(seed: UInt64) throws {
        let verifier = try TokenForge.verifier()
        let token = try TokenForge.token()
        #expect(try verifier.verify(token, now: TokenForge.now).subject == "ann")
        var numbers = SeededRandom(seed: seed)
        var codes: Set<String> = []
        for _ in 0..<5000 {
            let mutant = Self.mutant(of: token, using: &numbers)
            guard mutant != token else { continue }
            do throws(TokenError) {
                _ = try verifier.verify(mutant, now: TokenForge.now)
                Issue.record("seed \(seed): verified \(mutant)")
            } catch {
                codes.insert(error.code)
            }
        }
        // The mutants reached the signature, and stopped before it.
        #expect(codes.isSuperset(of: ["TOKEN_MALFORMED", "TOKEN_SIGNATURE_INVALID"]))
    }

    @Test func `a token with any one character replaced does not verify`() throws {
        let verifier = try TokenForge.verifier()
        let token = Array(try TokenForge.token().utf8)
        for index in token.indices {
            let replacements = [token[index] ^ 1, token[index] ^ 0x20, UInt8(ascii: "A"), UInt8(ascii: "_")]
            for replacement in replacements where replacement != token[index] {
                var mutant = token
                mutant[index] = replacement
                #expect(throws: TokenError.self) {
                    try verifier.verify(String(decoding: mutant, as: UTF8.self), now: TokenForge.now)
                }
            }
        }
    }

    @Test func `random bytes are refused and never trap`() throws {
        let verifier = try TokenForge.verifier()
        var numbers = SeededRandom(seed: 99)
        for _ in 0..<5000 {
            let length = Int.random(in: 0..<200, using: &numbers)
            let bytes = (0..<length).map { _ in
                Bool.random(using: &numbers)
                    ? UInt8.random(in: 0...255, using: &numbers) : Self.interesting.randomElement(using: &numbers) ?? 0
            }
            #expect(throws: TokenError.self) {
                try verifier.verify(String(decoding: bytes, as: UTF8.self), now: TokenForge.now)
            }
        }
    }

    private static func mutant(of token: String, using numbers: inout SeededRandom) -> String {
        var bytes = Array(token.utf8)
        for _ in 0..<Int.random(in: 1...3, using: &numbers) where !bytes.isEmpty {
            let index = Int.random(in: bytes.indices, using: &numbers)
            switch Int.random(in: 0..<6, using: &numbers) {
            case 0: bytes[index] ^= 1 << UInt8.random(in: 0..<7, using: &numbers)
            case 1: bytes[index] = interesting.randomElement(using: &numbers) ?? 0
            case 2: bytes.remove(at: index)
            case 3: bytes.insert(interesting.randomElement(using: &numbers) ?? 0, at: index)
            case 4: bytes.swapAt(index, Int.random(in: bytes.indices, using: &numbers))
            default: bytes.removeSubrange(index...)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
