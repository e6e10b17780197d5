import Dapr
import TestSupport
import Testing

struct CryptographyTests {
    private static let sealed = Array("dapr.io/enc/v1\n{".utf8)

    private static func answer(_ body: [UInt8], status: Int = 200) -> StubTransport.Answer {
        .response(DaprResponse(status: status, headers: [("content-type", "application/octet-stream")], body: body))
    }

    @Test func `a message is encrypted and decrypted as bytes`() async throws {
        let stub = StubTransport(Self.answer(Self.sealed), Self.answer([0, 1, 0xFE]), Self.answer([]))
        let dapr = DaprClient(transport: stub)
        let sealed = try await dapr.encrypt([0, 1, 0xFE], in: "vault", keyName: "k1", keyWrapAlgorithm: .a256KW)
        #expect(sealed == Self.sealed)
        #expect(try await dapr.decrypt(sealed, in: "vault") == [0, 1, 0xFE])
        #expect(try await dapr.decrypt(sealed, in: "my vault", keyName: "k1").isEmpty)
        #expect(stub.requests.map(\.method) == ["PUT", "PUT", "PUT"])
        #expect(
            stub.requests.map(\.path) == [
                "/v1.0-alpha1/crypto/vault/encrypt", "/v1.0-alpha1/crypto/vault/decrypt",
                "/v1.0-alpha1/crypto/my%20vault/decrypt",
            ]
        )
        #expect(stub.requests.map(\.body) == [[0, 1, 0xFE], Self.sealed, Self.sealed])
        #expect(
            stub.requests.map { request in request.headers.map { "\($0.name): \($0.value)" } } == [
                ["dapr-key-name: k1", "dapr-key-wrap-algorithm: A256KW", "content-type: application/octet-stream"],
                ["content-type: application/octet-stream"],
                ["dapr-key-name: k1", "content-type: application/octet-stream"],
            ]
        )
        #expect(stub.requests.map(\.mayRepeat) == [true, true, true])
    }

    @Test(arguments: [
        (NamedDecryptionKey.sameKey, nil as DataEncryptionCipher?, [:] as [String: String]),
        (.none, .aesGCM, ["dapr-omit-decryption-key-name": "true", "dapr-data-encryption-cipher": "aes-gcm"]),
        (
            .other("private"), .chaCha20Poly1305,
            ["dapr-decryption-key-name": "private", "dapr-data-encryption-cipher": "chacha20-poly1305"]
        ),
    ])
    func `options of an encryption are headers`(
        key: NamedDecryptionKey,
        cipher: DataEncryptionCipher?,
        headers: [String: String]
    ) async throws {
        let stub = StubTransport(Self.answer(Self.sealed))
        _ = try await DaprClient(transport: stub).encrypt(
            [1],
            in: "vault",
            keyName: "k1",
            keyWrapAlgorithm: .rsaOAEP256,
            cipher: cipher,
            decryptionKey: key
        )
        let all = [
            "dapr-key-name": "k1", "dapr-key-wrap-algorithm": "RSA-OAEP-256",
            "content-type": "application/octet-stream",
        ]
        let sent = try #require(stub.requests.first).headers.map { ($0.name, $0.value) }
        #expect(Dictionary(uniqueKeysWithValues: sent) == all.merging(headers) { first, _ in first })
    }

    @Test(arguments: [
        (
            500, "ERR_CRYPTO",
            "failed to perform operation: failed to wrap the file key: failed to retrieve the key encryption key: key not found",
            DaprError.Kind.refused
        ),
        (500, "ERR_CRYPTO", "failed to perform operation: invalid header: scheme name not found", .refused),
        (400, "ERR_BAD_REQUEST", "invalid request: missing header 'dapr-key-name'", .refused),
        (400, "ERR_CRYPTO_PROVIDER_NOT_FOUND", "crypto provider none not found", .notConfigured),
        (500, "ERR_CRYPTO_PROVIDERS_NOT_CONFIGURED", "crypto providers not configured", .notConfigured),
        (404, "ERR_DIRECT_INVOKE", "failed getting app id", .notFound),
    ])
    func `a refusal leaves nothing open`(
        status: Int,
        code: String,
        message: String,
        kind: DaprError.Kind
    ) async throws {
        let answer = StubTransport.Answer.json(status, #"{"errorCode":"\#(code)","message":"\#(message)"}"#)
        let dapr = DaprClient(transport: StubTransport(answer, answer))
        let first = try await #require(throws: DaprError.self) {
            try await dapr.encrypt([1], in: "none", keyName: "k2", keyWrapAlgorithm: .a256KW)
        }
        let second = try await #require(throws: DaprError.self) { try await dapr.decrypt([1], in: "none") }
        for error in [first, second] {
            #expect(error.kind == kind && error.errorCode == code && error.component == "none")
            #expect(!error.outcomeUnknown)
        }
    }

    @Test func `an answer without a message is unreadable`() async throws {
        let dapr = DaprClient(transport: StubTransport(Self.answer([], status: 204)))
        let error = try await #require(throws: DaprError.self) { try await dapr.decrypt([1], in: "vault") }
        #expect(error.kind == .unreadableAnswer)
    }

    @Test func `empty names and broken headers are not sent`() async throws {
        let stub = StubTransport()
        let dapr = DaprClient(transport: stub)
        let calls: [() async throws -> Void] = [
            { _ = try await dapr.encrypt([1], in: "", keyName: "k", keyWrapAlgorithm: .a256KW) },
            { _ = try await dapr.encrypt([1], in: "v", keyName: "", keyWrapAlgorithm: .a256KW) },
            { _ = try await dapr.encrypt([1], in: "v", keyName: "k\r\nx: y", keyWrapAlgorithm: .a256KW) },
            { _ = try await dapr.encrypt([1], in: "v", keyName: "k", keyWrapAlgorithm: "") },
            {
                _ = try await dapr.encrypt(
                    [1],
                    in: "v",
                    keyName: "k",
                    keyWrapAlgorithm: .a256KW,
                    decryptionKey: .other("")
                )
            },
            { _ = try await dapr.decrypt([1], in: "") }, { _ = try await dapr.decrypt([1], in: "v", keyName: "") },
        ]
        for call in calls {
            let error = try await #require(throws: DaprError.self) { try await call() }
            #expect(error.kind == .invalidArgument)
        }
        #expect(stub.requests.isEmpty)
    }
}
