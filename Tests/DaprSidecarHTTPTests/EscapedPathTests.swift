import Testing

@testable import DaprSidecarHTTP

struct EscapedPathTests {
    @Test(arguments: [
        ("/", []), ("/v1.0/state/s/k", ["v1.0", "state", "s", "k"]), ("//v1.0//state/", ["v1.0", "state"]),
        ("/a/./b/../c", ["a", "c"]), ("/../..", []), ("/a/%2E%2E/b", ["a", "%2E%2E", "b"]), ("/a/...", ["a", "..."]),
    ])
    func `a path is cleaned while it is escaped`(path: String, segments: [String]) throws {
        #expect(try #require(EscapedPath(path)).segments.map(String.init) == segments)
    }

    @Test(arguments: ["/%", "/a%2", "/a%zz", "/%2G", "/ok%20/%%20"])
    func `a broken escape is told`(path: String) {
        #expect(EscapedPath(path) == nil)
    }

    @Test(arguments: [
        ("/a+b", "a b"), ("/a%2Bb", "a+b"), ("/a%20b", "a b"), ("/a%2Fb", "a/b"), ("/%2E%2E", ".."),
        ("/%E2%98%83", "\u{2603}"),
        ("/a%7C%7Cb", "a||b"), ("/c:o", "c:o"),
    ])
    func `a parameter is unescaped as a query is`(path: String, parameter: String) throws {
        #expect(try #require(EscapedPath(path)).parameter(0) == parameter)
    }

    @Test func `a parameter that is no UTF-8 is none`() throws {
        #expect(try #require(EscapedPath("/%FF")).parameter(0) == nil)
    }

    @Test(arguments: [
        ("/m", "/"), ("/m/a/b", "/a/b"), ("/m/a%20b", "/a%20b"), ("/m/a%2Fb", "/a%2Fb"), ("/m/%2E%2E/x", "/x"),
        ("/m/a/%2e%2e/b", "/b"), ("/m/a/", "/a/"), ("/m/", "/"), ("/m/a//b/./c", "/a/b/c"), ("/m/%61", "/a"),
        ("/m/a%3Fb", "/a%3Fb"), ("/m/a%23b", "/a%23b"), ("/m/%FF", "/%FF"), ("/m/a/%CC%81b", "/a/%CC%81b"),
        ("/m/a/\u{301}b", "/a/%CC%81b"), ("/m/%2Fa", "/%2Fa"), ("/m/a%5Cb", "/a%5Cb"), ("/m/a;b=1", "/a;b=1"),
        ("/m/a+b", "/a+b"),
        ("/m/%E2%98%83", "/%E2%98%83"), ("/m/a%25b", "/a%25b"), ("/m/x:y@z", "/x:y@z"), ("/m/a%22b", "/a%22b"),
    ])
    func `a path for the application is unescaped, cleaned and escaped again`(path: String, target: String) throws {
        #expect(try #require(EscapedPath(path)).target(from: 1) == target)
    }

    @Test(arguments: ["/m/a%00b", "/m/a%0Ab", "/m/%7F", "/m/x/%1F"])
    func `a path for the application that hides something is refused`(path: String) throws {
        #expect(try #require(EscapedPath(path)).target(from: 1) == nil)
    }
}
