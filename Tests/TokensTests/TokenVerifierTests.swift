import DaprJSON
import DaprText
import Testing
import Tokens

struct TokenVerifierTests {
    @Test func `a token that keeps to the policy gives its claims`() throws {
        let payload =
            #"{"sub":"ann","exp":1700000600.5,"iat":1700000000,"iss":"us","aud":["x","tasks"],"role":"admin"}"#
        let verifier = try TokenForge.verifier(issuer: "us", audience: "tasks")
        let claims = try verifier.verify(TokenForge.token(payload: payload), now: TokenForge.now)
        #expect(claims.subject == "ann")
        #expect(claims.issuer == "us")
        #expect(claims.audience == ["x", "tasks"])
        #expect(claims.expiresAt == 1_700_000_600)
        #expect(claims.all["role"] == "admin")
    }

    /// RFC 7515 appendix A.1: its signature is valid, and what it lacks for us is a subject.
    @Test func `the sample of RFC 7515 has a valid signature`() throws {
        let encodedKey = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
        let token =
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
            + ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
            + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        let key = try #require(Base64.url.decoded(encodedKey))
        let verifier = TokenVerifier(policy: TokenPolicy(keys: [try .hs256(secret: key)]))
        #expect(throws: TokenError.claimMissing("sub")) { try verifier.verify(token, now: 1_300_819_379) }
        #expect(throws: TokenError.signatureInvalid) {
            try verifier.verify(String(token.dropLast(2)) + "Xo", now: 1_300_819_379)
        }
        // The same key and header over a payload with a subject.
        let encodedHeader = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
        let payload = TokenForge.encode(#"{"sub":"joe","exp":1300819380}"#)
        let own = try TokenForge.token(encodedHeader: encodedHeader, encodedPayload: payload, secret: key)
        #expect(try verifier.verify(own, now: 1_300_819_379).subject == "joe")
    }

    @Test(
        arguments: [
            // Headers.
            (#"{"alg":"none"}"#, TokenError.algorithmNotAllowed), (#"{"alg":"None"}"#, .algorithmNotAllowed),
            (#"{"alg":"hs256"}"#, .algorithmNotAllowed), (#"{"alg":"HS256 "}"#, .algorithmNotAllowed),
            (#"{"alg":"HS384"}"#, .algorithmNotAllowed), (#"{"alg":"RS256"}"#, .algorithmNotAllowed),
            (#"{"alg":""}"#, .algorithmNotAllowed), (#"{"alg":["HS256"]}"#, .malformed(.header)),
            (#"{}"#, .malformed(.header)),
            (#"{"alg":null}"#, .malformed(.header)), (#"["HS256"]"#, .malformed(.header)),
            (#""HS256""#, .malformed(.header)),
            (#"{"alg":"HS256""#, .malformed(.header)), (#"{"alg":"HS256"} x"#, .malformed(.header)),
            ("", .malformed(.header)),
            (#"{"alg":"none","alg":"HS256"}"#, .malformed(.header)),
            (#"{"alg":"HS256","alg":"HS256"}"#, .malformed(.header)),
            (#"{"alg":"HS256","\u0061lg":"HS256"}"#, .malformed(.header)),
            (#"{"alg":"HS256","x":[{"a":1,"a":2}]}"#, .malformed(.header)),
            (#"{"alg":"HS256","typ":"JWE"}"#, .typeNotAllowed), (#"{"alg":"HS256","typ":""}"#, .typeNotAllowed),
            (#"{"alg":"HS256","typ":null}"#, .typeNotAllowed),
            (#"{"alg":"HS256","typ":"secevent+jwt"}"#, .typeNotAllowed),
            (#"{"alg":"HS256","crit":["b64"],"b64":false}"#, .criticalHeaderUnknown),
            (#"{"alg":"HS256","crit":[]}"#, .criticalHeaderUnknown),
            (#"{"alg":"HS256","crit":null}"#, .criticalHeaderUnknown),
            (#"{"alg":"HS256","crit":["exp"],"exp":1}"#, .criticalHeaderUnknown),
        ]
    )
    func `a signed token with a bad header is refused`(header: String, error: TokenError) throws {
        #expect(try TokenForge.refusal(of: TokenForge.token(header: header)) == error)
    }

    @Test(
        arguments: [
            #"{"alg":"HS256"}"#, #"{"alg":"HS256","typ":"jwt"}"#, #"{"alg":"HS256","typ":"at+jwt"}"#,
            #"{"alg":"HS256","typ":"application/at+jwt"}"#, #"{"alg":"HS256","typ":"Application/JWT"}"#,
            #"{"alg":"HS256","typ":"application/jwt"}"#, #"{"alg":"HS256","kid":"../../etc/passwd"}"#,
            #"{"alg":"HS256","jku":"https://evil.example","jwk":{"kty":"oct","k":"AA"},"x5u":"x"}"#,
            #" { "alg" : "HS256" , "note" : "a:b \" : c" } "#,
        ]
    )
    func `a header that says more is taken, and what it says of keys is not looked at`(header: String) throws {
        #expect(try TokenForge.refusal(of: TokenForge.token(header: header)) == nil)
    }

    @Test(
        arguments: [
            (#"{"exp":1700000600}"#, TokenError.claimMissing("sub")),
            (#"{"exp":1700000600,"sub":""}"#, .claimInvalid("sub")),
            (#"{"exp":1700000600,"sub":7}"#, .claimInvalid("sub")),
            (#"{"exp":1700000600,"sub":null}"#, .claimInvalid("sub")),
            (#"{"exp":1700000600,"sub":["ann"]}"#, .claimInvalid("sub")),
            (#"{"exp":1700000600,"sub":"\#(String(repeating: "é", count: 128))"}"#, .claimInvalid("sub")),
            (#"{"sub":"ann"}"#, .claimMissing("exp")), (#"{"exp":"1700000600","sub":"ann"}"#, .claimInvalid("exp")),
            (#"{"exp":null,"sub":"ann"}"#, .claimInvalid("exp")), (#"{"exp":true,"sub":"ann"}"#, .claimInvalid("exp")),
            (#"{"exp":1699999940,"sub":"ann"}"#, .expired), (#"{"exp":-1e308,"sub":"ann"}"#, .expired),
            (#"{"exp":0,"sub":"ann"}"#, .expired), (#"{"exp":1700000600,"nbf":1700000061,"sub":"ann"}"#, .notYetValid),
            (#"{"exp":1700000600,"iat":1700000061,"sub":"ann"}"#, .notYetValid),
            (#"{"exp":1700000600,"nbf":1e308,"sub":"ann"}"#, .notYetValid),
            (#"{"exp":1700000600,"nbf":"0","sub":"ann"}"#, .claimInvalid("nbf")),
            (#"{"exp":1700000600,"iat":[],"sub":"ann"}"#, .claimInvalid("iat")),
            (#"{"exp":1700000600,"iss":{},"sub":"ann"}"#, .claimInvalid("iss")),
            (#"{"exp":1700000600,"aud":1,"sub":"ann"}"#, .claimInvalid("aud")),
            (#"{"exp":1700000600,"aud":["a",1],"sub":"ann"}"#, .claimInvalid("aud")),
            (#"{"exp":1700000600,"sub":"ann","sub":"bob"}"#, .malformed(.payload)),
            (#"{"exp":1,"exp":1700000600,"sub":"ann"}"#, .malformed(.payload)), (#"[]"#, .malformed(.payload)),
            ("", .malformed(.payload)), (#"{"exp":1700000600,"sub":"ann"}}"#, .malformed(.payload)),
            (
                #"{"exp":1700000600,"sub":"ann","a":\#(String(repeating: "[", count: 64))\#(String(repeating: "]", count: 64))}"#,
                .malformed(.payload)
            ),
        ]
    )
    func `a signed token with bad claims is refused`(payload: String, error: TokenError) throws {
        #expect(try TokenForge.refusal(of: TokenForge.token(payload: payload)) == error)
    }

    @Test(
        arguments: [
            #"{"exp":1699999941,"sub":"ann"}"#, #"{"exp":1699999940.5,"sub":"ann"}"#, #"{"exp":1e300,"sub":"ann"}"#,
            #"{"exp":1700000600,"nbf":1700000060,"iat":1700000060,"sub":"ann"}"#,
            #"{"exp":1700000600,"sub":"\#(String(repeating: "x", count: 255))"}"#,
            #"{"exp":1700000600,"sub":"ann","aud":[]}"#,
            #"{"exp":1700000600,"sub":"ann","iss":"anybody","aud":"anything"}"#,
        ]
    )
    func `claims at the edge are taken`(payload: String) throws {
        #expect(try TokenForge.refusal(of: TokenForge.token(payload: payload)) == nil)
    }

    @Test(
        arguments: [
            (#""iss":"us","aud":"tasks""#, nil), (#""iss":"us","aud":["a","tasks"]"#, nil),
            (#""iss":"us/","aud":"tasks""#, .issuerMismatch), (#""iss":"US","aud":"tasks""#, .issuerMismatch),
            (#""aud":"tasks""#, .claimMissing("iss")), (#""iss":"us""#, .claimMissing("aud")),
            (#""iss":"us","aud":[]"#, .claimMissing("aud")), (#""iss":"us","aud":"task""#, .audienceMismatch),
            (#""iss":"us","aud":["tasks2","TASKS"]"#, .audienceMismatch),
        ] as [(String, TokenError?)]
    )
    func `issuer and audience must be the policy's when it names them`(claims: String, error: TokenError?) throws {
        let token = try TokenForge.token(payload: #"{"exp":1700000600,"sub":"ann",\#(claims)}"#)
        #expect(try TokenForge.refusal(of: token, issuer: "us", audience: "tasks") == error)
    }

    @Test func `an issuer in another spelling of the same characters is another`() throws {
        let token = try TokenForge.token(payload: #"{"exp":1700000600,"sub":"ann","iss":"caf\u0065\u0301"}"#)
        #expect(try TokenForge.refusal(of: token, issuer: "caf\u{E9}") == .issuerMismatch)
    }

    @Test func `the signature is judged before the claims are read`() throws {
        let other = Array("another secret of thirty-two bytes".utf8)
        for payload in [#"{"exp":0}"#, "no JSON", "", TokenForge.payload] {
            let token = try TokenForge.token(payload: payload, secret: other)
            #expect(try TokenForge.refusal(of: token) == .signatureInvalid)
        }
    }

    @Test func `a token must have exactly three parts, all in base64url`() throws {
        let token = try TokenForge.token()
        let parts = token.split(separator: ".").map(String.init)
        for broken in [
            "", ".", "a", "a.b", parts[0] + "." + parts[1], token + ".", "." + token, token + "." + parts[2],
            "a.b.c.d.e",
        ] {
            #expect(try TokenForge.refusal(of: broken) == .malformed(.whole))
        }
        #expect(try TokenForge.refusal(of: "..") == .malformed(.header))
        #expect(try TokenForge.refusal(of: ".\(parts[1]).\(parts[2])") == .malformed(.header))
        #expect(try TokenForge.refusal(of: "\(parts[0])=.\(parts[1]).\(parts[2])") == .malformed(.header))
        #expect(try TokenForge.refusal(of: " \(token)") == .malformed(.header))
        for end in ["=", " ", "\n", "é", "AA"] {
            #expect(try TokenForge.refusal(of: token + end) == .malformed(.signature))
        }
        #expect(try TokenForge.refusal(of: "\(parts[0]).\(parts[1]).") == .signatureInvalid)
        #expect(try TokenForge.refusal(of: token + "A") == .signatureInvalid)
        #expect(try TokenForge.refusal(of: "\(parts[0])..\(parts[2])") == .signatureInvalid)
        // The last character of 32 bytes has two bits to spare: another spelling of the same signature.
        let spare = try #require(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".first { character in
                Base64.url.decoded(parts[2].dropLast() + "\(character)") == nil
            }
        )
        #expect(try TokenForge.refusal(of: token.dropLast() + "\(spare)") == .malformed(.signature))
    }

    @Test func `a part that is signed but no canonical base64url is refused`() throws {
        let header = TokenForge.encode(TokenForge.header)
        let payload = TokenForge.encode(TokenForge.payload)
        #expect(
            try TokenForge.refusal(of: TokenForge.token(encodedHeader: header + "=", encodedPayload: payload))
                == .malformed(.header)
        )
        #expect(
            try TokenForge.refusal(of: TokenForge.token(encodedHeader: header, encodedPayload: payload + "="))
                == .malformed(.payload)
        )
    }

    @Test func `alg none is refused with and without a signature`() throws {
        let input = "\(TokenForge.encode(#"{"alg":"none"}"#)).\(TokenForge.encode(TokenForge.payload))"
        #expect(try TokenForge.refusal(of: "\(input).") == .algorithmNotAllowed)
        #expect(try TokenForge.refusal(of: "\(input).AAAA") == .algorithmNotAllowed)
    }

    @Test func `a token of 8 KiB is read, one byte more is not`() throws {
        let limit = TokenPolicy.maximumTokenBytes
        #expect(try TokenForge.refusal(of: String(repeating: ".", count: limit)) == .malformed(.whole))
        #expect(try TokenForge.refusal(of: String(repeating: ".", count: limit + 1)) == .tooLarge(limit: limit))
        // Deep JSON within the limit costs an error, not the stack.
        let deep = TokenForge.encode(String(repeating: #"{"a":"#, count: 900))
        #expect(try TokenForge.refusal(of: "\(deep).a.a") == .malformed(.header))
    }

    @Test func `a policy without keys takes nothing`() throws {
        let verifier = TokenVerifier(policy: TokenPolicy(keys: []))
        let token = try TokenForge.token()
        #expect(throws: TokenError.algorithmNotAllowed) { try verifier.verify(token, now: TokenForge.now) }
    }

    @Test func `a time beyond all numbers stops nothing`() throws {
        let token = try TokenForge.token(payload: #"{"exp":1e300,"sub":"ann"}"#)
        #expect(try TokenForge.verifier().verify(token, now: .max).expiresAt == .max)
        #expect(try TokenForge.verifier().verify(token, now: .min).subject == "ann")
    }
}
