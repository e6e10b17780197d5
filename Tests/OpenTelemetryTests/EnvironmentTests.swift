import Testing

@testable import OpenTelemetry

/// What OpenTelemetry's variables may hold.
struct EnvironmentTests {
    @Test(arguments: [
        ("http://collector:4318", "http://collector:4318/v1/traces"),
        ("http://collector:4318/", "http://collector:4318/v1/traces"),
        ("https://otlp.example/a/b", "https://otlp.example/a/b/v1/traces"),
        ("http://[::1]:4318", "http://[::1]:4318/v1/traces"),
    ])
    func `an address for all signals gets the path of traces`(base: String, url: String) {
        #expect(OTLPEndpoint(base: base)?.url == url)
    }

    @Test(arguments: [
        ("http://collector:4318", "http://collector:4318/"), ("http://collector/x?key=1", "http://collector/x?key=1"),
    ])
    func `an address for traces is used as it is`(traces: String, url: String) throws {
        let endpoint = try #require(OTLPEndpoint(traces: traces))
        #expect(endpoint.url == url)
        #expect(!endpoint.origin.contains("key"))
        #expect(endpoint.origin.hasPrefix("http://collector"))
    }

    @Test(arguments: [
        "collector:4318", "grpc://collector", "http://", "http:///v1/traces", "http://user:secret@collector",
        "http://a b", "http://collector/#x", "http://cöllector", "unix:///socket", "http://collector?x",
    ])
    func `what is no address is refused`(text: String) {
        #expect(OTLPEndpoint(base: text) == nil)
        #expect(OTLPEndpoint(traces: text) == nil)
    }

    @Test func `a list has names and values, decoded`() throws {
        let list = try #require(KeyValueList(" api-key = s%3Dcret%2C , b=c=d,,e="))
        #expect(list.pairs.map(\.name) == ["api-key", "b", "e"])
        #expect(list.pairs.map(\.value) == ["s=cret,", "c=d", ""])
        #expect(try #require(KeyValueList("")).pairs.isEmpty)
        for text in ["a", "=b", "a=%zz", "a=%ff", "a=b,c"] { #expect(KeyValueList(text) == nil, "\(text)") }
    }

    @Test func `what the operator says of the process wins over what the program says`() {
        func attributes(_ name: String?, _ others: [(name: String, value: String)]) -> [Span.Attribute] {
            Resource(name: name, fallback: "task-server", version: "1.2.3", instance: "i", others: others).attributes
        }
        #expect(
            attributes(nil, []).prefix(3) == [
                .init("service.name", "task-server"), .init("service.version", "1.2.3"),
                .init("service.instance.id", "i"),
            ]
        )
        let others = [("service.name", "a"), ("service.version", "9"), ("k", "1"), ("k", "2")].map {
            (name: $0.0, value: $0.1)
        }
        #expect(attributes(nil, others).contains(.init("service.name", "a")))
        let named = attributes("b", others)
        #expect(named.filter { $0.key == "service.name" } == [.init("service.name", "b")])
        #expect(named.filter { $0.key == "service.version" } == [.init("service.version", "9")])
        #expect(named.filter { $0.key == "k" } == [.init("k", "2")])
    }
}
