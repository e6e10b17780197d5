extension DaprClient {
    /// Encrypts a message with a key that only the sidecar sees.
    ///
    /// The answer is in [Dapr's encryption scheme](https://github.com/dapr/kit/tree/main/schemes/enc/v1), which any sidecar with the
    /// key decrypts. The API is alpha, and Dapr means its HTTP form for development: the sidecar holds the message in memory whole, up
    /// to its `--max-body-size`, 4 MiB by default. Nothing is stored, so a failure leaves nothing open.
    ///
    /// See [Cryptography API: encrypt](https://docs.dapr.io/reference/api/cryptography_api/#encrypt-payload).
    ///
    /// - Parameters:
    ///   - plaintext: the message.
    ///   - crypto: the cryptography component.
    ///   - keyName: the key; not empty.
    ///   - keyWrapAlgorithm: how the message's own key is wrapped; it must fit the key.
    ///   - cipher: how the message is encrypted; `nil` is the sidecar's default, ``DataEncryptionCipher/aesGCM``.
    ///   - decryptionKey: the key that the encrypted message names.
    ///   - trace: the trace to continue.
    /// - Returns: the encrypted message.
    /// - Throws: ``DaprError``; ``DaprError/Kind/refused`` with the code `ERR_CRYPTO` when the key is unknown or does not fit.
    public func encrypt(
        _ plaintext: [UInt8],
        in crypto: CryptoName,
        keyName: CryptoKeyName,
        keyWrapAlgorithm: KeyWrapAlgorithm,
        cipher: DataEncryptionCipher? = nil,
        decryptionKey: NamedDecryptionKey = .sameKey,
        trace: TraceContext? = nil
    ) async throws(DaprError) -> [UInt8] {
        let operation = Operation("PUT crypto/{name}/encrypt", crypto.rawValue, .reads)
        if keyName.rawValue.isEmpty { throw operation.invalidArgument("the name of the key is empty") }
        if keyWrapAlgorithm.rawValue.isEmpty { throw operation.invalidArgument("the key wrap algorithm is empty") }
        var headers = [
            (name: "dapr-key-name", value: keyName.rawValue),
            (name: "dapr-key-wrap-algorithm", value: keyWrapAlgorithm.rawValue),
        ]
        if let cipher { headers.append(("dapr-data-encryption-cipher", cipher.rawValue)) }
        switch decryptionKey {
        case .sameKey: break
        case .none: headers.append(("dapr-omit-decryption-key-name", "true"))
        case .other(let name):
            if name.rawValue.isEmpty { throw operation.invalidArgument("the name of the decryption key is empty") }
            headers.append(("dapr-decryption-key-name", name.rawValue))
        }
        return try await crypt(crypto, "encrypt", plaintext, headers, operation, trace)
    }

    /// Decrypts a message that ``encrypt(_:in:keyName:keyWrapAlgorithm:cipher:decryptionKey:trace:)`` or another Dapr SDK encrypted.
    ///
    /// See [Cryptography API: decrypt](https://docs.dapr.io/reference/api/cryptography_api/#decrypt-payload).
    ///
    /// - Parameters:
    ///   - ciphertext: the encrypted message, whole.
    ///   - crypto: the cryptography component.
    ///   - keyName: the key, or `nil` for the one that the message names; not empty.
    ///   - trace: the trace to continue.
    /// - Returns: the message.
    /// - Throws: ``DaprError``; ``DaprError/Kind/refused`` when the message is not an encrypted one, was changed, or the key is not its own.
    public func decrypt(
        _ ciphertext: [UInt8],
        in crypto: CryptoName,
        keyName: CryptoKeyName? = nil,
        trace: TraceContext? = nil
    ) async throws(DaprError) -> [UInt8] {
        let operation = Operation("PUT crypto/{name}/decrypt", crypto.rawValue, .reads)
        if keyName?.rawValue.isEmpty == true { throw operation.invalidArgument("the name of the key is empty") }
        let headers = keyName.map { [(name: "dapr-key-name", value: $0.rawValue)] } ?? []
        return try await crypt(crypto, "decrypt", ciphertext, headers, operation, trace)
    }

    private func crypt(
        _ crypto: CryptoName,
        _ action: StaticString,
        _ body: [UInt8],
        _ headers: [(name: String, value: String)],
        _ operation: Operation,
        _ trace: TraceContext?
    ) async throws(DaprError) -> [UInt8] {
        if crypto.rawValue.isEmpty {
            throw operation.invalidArgument("the name of the cryptography component is empty")
        }
        var path = RequestPath("/v1.0-alpha1/crypto")
        path.append(segment: crypto.rawValue)
        path.append(fixed: action)
        return try await exchange(
            operation,
            "PUT",
            path,
            headers: headers,
            body: body,
            contentType: "application/octet-stream",
            trace: trace
        ) { response throws(DaprError) in
            if response.status == 200 { return response.body }
            if response.isSuccess { throw operation.unreadableAnswer(response, "200 was expected") }
            throw operation.refusal(response)
        }
    }
}
