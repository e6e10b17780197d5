import Testing

@testable import Dapr

struct RequestPathTests {
    @Test(arguments: [
        ("plain", "plain"), ("with space", "with%20space"), ("with/slash", "with%2Fslash"), ("c:o:l:o:n", "c:o:l:o:n"),
        ("a+b", "a%2Bb"), ("100%", "100%25"), (".", "%2E"), ("..", "%2E%2E"), ("...", "..."), ("a.b", "a.b"),
        (".a", ".a"),
        ("a?b=c&d#e", "a%3Fb%3Dc%26d%23e"), ("ключ", "%D0%BA%D0%BB%D1%8E%D1%87"), ("a~b_c-d@e", "a~b_c-d@e"),
        ("\"<>\\^`{|}", "%22%3C%3E%5C%5E%60%7B%7C%7D"), ("a\nb\u{0}", "a%0Ab%00"),
    ])
    func `a segment is escaped so that it is read back as given`(text: String, escaped: String) {
        var path = RequestPath("/v1.0/state")
        path.append(segment: text)
        #expect(path.text == "/v1.0/state/\(escaped)")
    }

    @Test(arguments: [
        ("plain", "plain"), ("slash/topic", "slash/topic"), ("a/b/c", "a/b/c"), ("/a", "%2Fa"), ("a/", "a%2F"),
        ("a//b", "a%2F%2Fb"), ("a/../b", "a/%2E%2E/b"), ("a/./b", "a/%2E/b"), ("a b/c+d", "a%20b/c%2Bd"),
    ])
    func `the slashes of a topic stay where the sidecar keeps them`(text: String, escaped: String) {
        var path = RequestPath("/v1.0/publish/bus")
        path.append(segments: text)
        #expect(path.text == "/v1.0/publish/bus/\(escaped)")
    }

    @Test func `metadata follows in the order of its names`() {
        var path = RequestPath("/v1.0/x")
        path.append(query: "consistency", "strong")
        path.append(metadata: ["b": "2 & 3", "a+": "é"])
        #expect(path.text == "/v1.0/x?consistency=strong&metadata.a%2B=%C3%A9&metadata.b=2%20%26%203")
    }
}
