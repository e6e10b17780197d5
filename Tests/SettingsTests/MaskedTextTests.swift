import Testing

@testable import Settings

struct MaskedTextTests {
    @Test(arguments: [
        ("https://ann:s3cret@collector:4318/v1", "https://ann:***@collector:4318/v1"),
        ("https://s3cret@collector", "https://***@collector"),
        ("postgres://a:p@ss:word@db/x,https://b:c@d", "postgres://a:***@db/x,https://b:***@d"),
        ("host=db user=tasks password=s3cret dbname=tasks", "host=db user=tasks password=*** dbname=tasks"),
        ("host=db PASSWORD='a b' dbname=x", "host=db PASSWORD=*** dbname=x"),
        (#"sslpassword='a\' b' host=db"#, "sslpassword=*** host=db"), ("password='open", "password=***"),
        ("x-api-key=abc,Authorization=Bearer", "x-api-key=***,Authorization=***"), ("password=", "password="),
        ("https://app.example:8443/@me", "https://app.example:8443/@me"), ("10.0.0.0/8", "10.0.0.0/8"), ("", ""),
        ("user=ann", "user=ann"), ("http://[::1]:80", "http://[::1]:80"),
    ])
    func `a password in a text is not shown`(text: String, shown: String) {
        #expect(MaskedText.of(text) == shown)
    }
}
