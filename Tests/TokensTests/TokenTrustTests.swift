import Testing
import Tokens

struct TokenTrustTests {
    private static let payload = #"{"exp":1700000600,"sub":"ann","jti":"t1"}"#

    private static func refusal(of token: String, by trust: TokenTrust) -> TokenError? {
        do throws(TokenError) {
            _ = try trust.current.verify(token, now: TokenForge.now)
            return nil
        } catch {
            return error
        }
    }

    @Test func `each replacement is the next generation, and verifies with what it was given`() throws {
        let trust = TokenTrust(try TokenForge.verifier())
        let old = trust.current
        let token = try TokenForge.token(payload: Self.payload)
        #expect(trust.generation == 0)
        #expect(Self.refusal(of: token, by: trust) == nil)
        trust.replace(verifier: TokenVerifier(policy: TokenPolicy(keys: [])))
        #expect(trust.generation == 1)
        #expect(trust.current.generation == 1)
        #expect(Self.refusal(of: token, by: trust) == .algorithmNotAllowed)
        // A snapshot stays what it was, and says so by its number.
        #expect(try old.verify(token, now: TokenForge.now).subject == "ann")
        #expect(old.generation == 0)
    }

    @Test func `a token that was called back is refused, by its bytes`() throws {
        let trust = TokenTrust(try TokenForge.verifier())
        let token = try TokenForge.token(payload: Self.payload)
        trust.replace(revoked: ["t0", "t1"])
        #expect(Self.refusal(of: token, by: trust) == .revoked)
        #expect(Self.refusal(of: try TokenForge.token(), by: trust) == nil)
        let other = #"{"exp":1700000600,"sub":"ann","jti":"\u00e9"}"#
        trust.replace(revoked: ["e\u{301}"])
        #expect(Self.refusal(of: try TokenForge.token(payload: other), by: trust) == nil)
        #expect(Self.refusal(of: token, by: trust) == nil)
        // The keys change, what was called back stays called back.
        trust.replace(revoked: ["t1"])
        trust.replace(verifier: try TokenForge.verifier())
        #expect(Self.refusal(of: token, by: trust) == .revoked)
        #expect(TokenError.revoked.code == "TOKEN_REVOKED")
    }

    @Test(
        arguments: [
            (#"{"exp":1700000600,"sub":"ann"}"#, nil, nil, nil),
            (#"{"exp":1700000600,"sub":"ann","jti":7,"scope":["a"],"act":"bot"}"#, nil, nil, nil),
            (
                #"{"exp":1700000600,"sub":"ann","jti":"j","scope":"tasks:read  tasks:write","act":{"sub":"bot"}}"#, "j",
                ["tasks:read", "tasks:write"], "bot"
            ), (#"{"exp":1700000600,"sub":"ann","scope":""}"#, nil, [], nil),
        ] as [(String, String?, [String]?, String?)]
    )
    func `a token says what names it, what its bearer may do, and who acts`(
        payload: String,
        id: String?,
        scopes: [String]?,
        actor: String?
    ) throws {
        let claims = try TokenForge.verifier().verify(TokenForge.token(payload: payload), now: TokenForge.now)
        #expect(claims.tokenID == id)
        #expect(claims.scopes == scopes)
        #expect(claims.actor == actor)
    }
}
