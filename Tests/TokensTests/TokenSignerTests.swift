import Testing
import Tokens

struct TokenSignerTests {
    @Test func `a token that was signed verifies until it has expired`() throws {
        let signer = try TokenSigner(hs256Secret: TokenForge.secret)
        let verifier = try TokenForge.verifier(issuer: "us", audience: "tasks")
        let token = try signer.sign(
            subject: "ann@example.com",
            issuer: "us",
            audience: "tasks",
            issuedAt: TokenForge.now,
            lifetime: .seconds(3600)
        )
        let claims = try verifier.verify(token, now: TokenForge.now)
        #expect(claims.subject == "ann@example.com")
        #expect(claims.issuer == "us")
        #expect(claims.audience == ["tasks"])
        #expect(claims.expiresAt == TokenForge.now + 3600)
        #expect(try verifier.verify(token, now: TokenForge.now + 3659) == claims)
        #expect(throws: TokenError.expired) { try verifier.verify(token, now: TokenForge.now + 3660) }
        #expect(throws: TokenError.notYetValid) { try verifier.verify(token, now: TokenForge.now - 61) }
    }

    @Test func `a token has a known form`() throws {
        let signer = try TokenSigner(hs256Secret: TokenForge.secret)
        let token = try signer.sign(subject: "ann", issuedAt: 1_700_000_000, lifetime: .seconds(600))
        #expect(
            token == (try TokenForge.token(payload: #"{"exp":1700000600,"iat":1700000000,"sub":"ann"}"#))
        )
    }

    @Test(
        arguments: [
            ("", 0, 60, TokenError.claimInvalid("sub")),
            (String(repeating: "x", count: 256), 0, 60, .claimInvalid("sub")), ("ann", 0, 0, .claimInvalid("exp")),
            ("ann", 0, -1, .claimInvalid("exp")), ("ann", .max, 60, .claimInvalid("exp")),
        ]
    )
    func `what no verifier would take is not signed`(
        subject: String,
        issuedAt: Int,
        lifetime: Int,
        error: TokenError
    ) throws {
        let signer = try TokenSigner(hs256Secret: TokenForge.secret)
        #expect(throws: error) {
            try signer.sign(subject: subject, issuedAt: issuedAt, lifetime: .seconds(lifetime))
        }
        #expect(throws: TokenError.tooLarge(limit: 8192)) {
            let issuer = String(repeating: "x", count: 8192)
            _ = try signer.sign(subject: "ann", issuer: issuer, issuedAt: 0, lifetime: .seconds(1))
        }
    }

    @Test func `a secret of fewer than 32 bytes is refused`() throws {
        let short = Array(TokenForge.secret.dropLast())
        #expect(throws: TokenError.secretTooShort(minimum: 32)) { try TokenSigner(hs256Secret: short) }
        #expect(throws: TokenError.secretTooShort(minimum: 32)) { try TokenKey.hs256(secret: short) }
        #expect(throws: TokenError.secretTooShort(minimum: 32)) { try TokenKey.hs256(secret: []) }
        _ = try TokenKey.hs256(secret: TokenForge.secret)
    }

    @Test func `every error has a code of its own and a description without the token`() {
        let errors: [TokenError] = [
            .tooLarge(limit: 1), .malformed(.whole), .typeNotAllowed, .criticalHeaderUnknown, .algorithmNotAllowed,
            .signatureInvalid, .claimMissing("sub"), .claimInvalid("sub"), .expired, .notYetValid, .issuerMismatch,
            .audienceMismatch, .secretTooShort(minimum: 32), .cryptographyFailed("x"),
        ]
        let codes = Set(errors.map(\.code))
        #expect(codes.count == errors.count)
        #expect(codes.allSatisfy { $0.hasPrefix("TOKEN_") })
        #expect(codes.isSuperset(of: ["TOKEN_EXPIRED", "TOKEN_ALGORITHM_NOT_ALLOWED", "TOKEN_CLAIM_MISSING"]))
        #expect(Set(errors.map(\.description)).count == errors.count)
        for part in [TokenPart.whole, .header, .payload, .signature] {
            #expect(TokenError.malformed(part).code == "TOKEN_MALFORMED")
        }
    }
}
