import DaprJSON
import DaprSidecar
import Testing

@testable import DaprSidecarHTTP

struct APIErrorJSONTests {
    @Test func `an error of the older kind has a code and a message`() throws {
        let error = APIError(status: 500, errorCode: "ERR_STATE_GET", message: "fail to get <k>")
        #expect(
            String(decoding: error.json, as: UTF8.self)
                == #"{"errorCode":"ERR_STATE_GET","message":"fail to get \u003ck\u003e"}"#
        )
    }

    @Test func `details have the shapes of Google's error model`() throws {
        let error = APIError(
            status: 400,
            errorCode: "ERR_MALFORMED_REQUEST",
            message: "m",
            details: [
                .badRequest(field: "a||b", description: "d"), .badRequest(field: nil, description: "e"),
                .resource(type: "state", name: "s", description: "r"),
                .reason("DAPR_X", metadata: ["b": "2", "a": "1"]),
                .reason("DAPR_Y", metadata: nil), .help(url: "https://docs.dapr.io", description: "h"),
            ]
        )
        let google = "type.googleapis.com/google.rpc"
        let expected: JSONValue = [
            "errorCode": "ERR_MALFORMED_REQUEST", "message": "m",
            "details": [
                ["@type": "\(google).BadRequest", "field_violations": [["field": "a||b", "description": "d"]]],
                ["@type": "\(google).BadRequest", "field_violations": [["description": "e"]]],
                [
                    "@type": "\(google).ResourceInfo", "resource_type": "state", "resource_name": "s", "owner": "",
                    "description": "r",
                ],
                [
                    "@type": "\(google).ErrorInfo", "reason": "DAPR_X", "domain": "dapr.io",
                    "metadata": ["a": "1", "b": "2"],
                ],
                ["@type": "\(google).ErrorInfo", "reason": "DAPR_Y", "domain": "dapr.io", "metadata": nil],
                ["@type": "\(google).Help", "links": [["url": "https://docs.dapr.io", "description": "h"]]],
            ],
        ]
        #expect(try JSONValue(parsing: error.json) == expected)
    }

    @Test func `entries that the broker did not take are listed instead of a message`() throws {
        let error = APIError(
            status: 500,
            errorCode: "ERR_PUBSUB_PUBLISH_MESSAGE",
            message: "not shown",
            failedEntries: [APIError.FailedEntry(entryID: "2", error: "full")]
        )
        let expected: JSONValue = [
            "failedEntries": [["entryId": "2", "error": "full"]], "errorCode": "ERR_PUBSUB_PUBLISH_MESSAGE",
        ]
        #expect(try JSONValue(parsing: error.json) == expected)
    }
}
