import Dapr
import Testing

/// Numbers that are given, in turn.
struct FixedNumbers: RandomNumberGenerator {
    var numbers: [UInt64]

    mutating func next() -> UInt64 { numbers.isEmpty ? 1 : numbers.removeFirst() }
}

struct TraceContextTests {
    @Test(arguments: [
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-comes",
    ])
    func `a valid traceparent is kept as it is`(text: String) throws {
        let trace = try #require(TraceContext(traceparent: text))
        #expect(trace.traceparent == text)
        #expect(trace.traceID == "0af7651916cd43dd8448eb211c80319c")
        #expect(trace.parentID == "b7ad6b7169203331")
        #expect(trace.isSampled == (text.dropFirst(53).prefix(2) == "01"))
    }

    @Test(arguments: [
        "", "00", "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
        "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-\r\n",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
    ])
    func `a traceparent that is not valid is refused`(text: String) {
        #expect(TraceContext(traceparent: text) == nil)
    }

    @Test(arguments: [
        ("a=b", "a=b"), ("", nil), ("a\r\nb: c", nil), ("é=1", nil), (String(repeating: "a", count: 513), nil),
    ])
    func `a tracestate that cannot be sent is left out`(given: String, kept: String?) throws {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        #expect(try #require(TraceContext(traceparent: text, tracestate: given)).tracestate == kept)
    }

    @Test func `a new trace is valid, also of small numbers`() throws {
        var random = FixedNumbers(numbers: [0, 0, 0])
        let trace = TraceContext.generated(using: &random)
        #expect(TraceContext(traceparent: trace.traceparent) == trace)
        #expect(trace.isSampled)
        #expect(TraceContext.generated() != TraceContext.generated())
    }

    @Test func `a child keeps trace, flags and state`() throws {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
        let parent = try #require(TraceContext(traceparent: text, tracestate: "a=b"))
        let child = parent.child()
        #expect(TraceContext(traceparent: child.traceparent, tracestate: child.tracestate) == child)
        #expect(child.traceID == parent.traceID)
        #expect(child.parentID != parent.parentID)
        #expect(!child.isSampled)
        #expect(child.tracestate == "a=b")
    }
}
