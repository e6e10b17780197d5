import Testing

@testable import OpenSSL

private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

struct OpenSSLTests {
    /// The examples of FIPS 180-4.
    ///
    /// https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values
    @Test(
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ]
    )
    func `SHA-256 gives the digests of the standard`(text: String, digest: String) throws {
        #expect(hex(try SHA256.digest(of: Array(text.utf8))) == digest)
    }

    /// RFC 4231, test cases 1, 2, 3 and 6.
    @Test(
        arguments: [
            (
                [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xAA, count: 20), [UInt8](repeating: 0xDD, count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                [UInt8](repeating: 0xAA, count: 131),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
            ([], [], "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
        ]
    )
    func `HMAC gives the codes of RFC 4231`(key: [UInt8], message: [UInt8], code: String) throws {
        let hmac = try HMACSHA256(key: key)
        #expect(hex(try hmac.code(for: message)) == code)
        #expect(hex(try hmac.code(for: message)) == code)
    }

    @Test func `a code of other bytes or another length is not valid`() throws {
        let hmac = try HMACSHA256(key: Array("key".utf8))
        let message = Array("message".utf8)
        let code = try hmac.code(for: message)
        #expect(try hmac.isValid(code, for: message))
        for index in code.indices {
            var other = code
            other[index] ^= 1
            #expect(try !hmac.isValid(other, for: message))
        }
        #expect(try !hmac.isValid([], for: message))
        #expect(try !hmac.isValid(code + [0], for: message))
        #expect(try !hmac.isValid(Array(code.dropLast()), for: message))
        #expect(try !hmac.isValid(code, for: message + [0]))
    }

    @Test func `one key serves many tasks at once`() async throws {
        let hmac = try HMACSHA256(key: Array("key".utf8))
        let expected = try (0..<64).map { try hmac.code(for: [UInt8(truncatingIfNeeded: $0)]) }
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for index in 0..<6400 {
                        let code = try hmac.code(for: [UInt8(truncatingIfNeeded: index % 64)])
                        #expect(code == expected[index % 64])
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// The third example of RFC 5869, appendix A, of which 32 bytes are the beginning; it has neither salt nor info.
    @Test func `keys are derived as RFC 5869 says`() throws {
        let secret = [UInt8](repeating: 0x0b, count: 22)
        #expect(
            try hex(HKDFSHA256.key(from: secret, for: ""))
                == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
        )
        let keys = try ["a", "b"].map { try HKDFSHA256.key(from: secret, for: $0) }
        #expect(keys[0] != keys[1])
    }

    @Test func `random bytes are as many as asked for and never the same`() throws {
        #expect(try RandomBytes.make(0).isEmpty)
        #expect(try RandomBytes.make(-1).isEmpty)
        let keys = try (0..<100).map { _ in try RandomBytes.make(32) }
        #expect(keys.allSatisfy { $0.count == 32 })
        #expect(Set(keys).count == 100)
        #expect(throws: OpenSSLError.countTooLarge(1 << 32)) { try RandomBytes.make(1 << 32) }
    }

    @Test func `an error takes the reasons out of libcrypto's queue`() {
        let error = #expect(throws: OpenSSLError.self) { try HMACSHA256(key: [1], digest: "no such digest") }
        guard case .failed("EVP_MAC_init", let reasons)? = error else {
            Issue.record("another error")
            return
        }
        #expect(reasons.count == 1)
        #expect(reasons.first?.contains("unsupported") == true)
        #expect(OpenSSLError.drained(during: "next") == .failed(operation: "next", reasons: []))
        #expect(error?.description.hasPrefix("libcrypto's EVP_MAC_init failed: error:") == true)
    }
}
